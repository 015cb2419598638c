import { recorded, type MadeVideo } from '../capture/index.js';
import { throwIfAborted } from '../core/index.js';
import { describeProvenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import type { GenerateVideoOptions } from './options.js';
import { checkGenerateVideoOptions } from './optionChecks.js';
import { decodingNoise } from './decodingNoise.js';
import { tellTime } from './tellTime.js';
import { requireMemory } from './requireMemory.js';
import { type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { withQuality } from './withQuality.js';

/** Makes a clip from text alone; {@link LatentDiffusionModel.generateVideo} is its face. */
export async function generateVideo(model: PipelineModel, prompt: string, given: GenerateVideoOptions): Promise<MadeVideo> {
  checkGenerateVideoOptions(given);
  const options = withQuality(model, 'generate', withAmbient(given, model));
  const numFrames = options.numFrames ?? model.windowFrames;
  model.requireFrameCount(numFrames, 'numFrames');
  const fps = options.fps ?? model.recommended.fps;
  const size = { width: options.width ?? model.sampleSize.width, height: options.height ?? model.sampleSize.height };
  requireMemory(model, options, { ...size, frames: numFrames }, 'numFrames');
  const run = await withRecorder(await prepareRun(model, prompt, options, { ...size, frames: numFrames, fps }, false));
  const { stopwatch, noise, progress } = run;

  const scheduler = run.newScheduler();
  await run.observer?.reserve({ frames: numFrames, steps: scheduler.timesteps.length, windows: 1 });
  await tellTime(run, { frames: numFrames, steps: scheduler.timesteps.length, windows: 1, encodes: run.family.takesHints });
  progress.expect(scheduler.timesteps.length, 1, 0, scheduler.order);
  progress.beginWindow('denoise');
  const [latentFrames, ...place] = model.latentDims(model.paddedFrameCount(numFrames), run.size) as [number, ...number[]];
  const leading = (await run.leading())?.dims[0] ?? 0;
  const start = noise.randn([leading + latentFrames, ...place]).map((value) => value * scheduler.initNoiseSigma);
  const provenance = describeProvenance({
    version: model.libraryVersion,
    device: model.device,
    kind: 'generated',
    model: model.name,
    prompt,
    negativePrompt: options.negativePrompt,
    seed: run.seed,
    settings: { numFrames, fps, ...recordedSettings(run) },
  });
  return recorded(run.observer, { model, provenance, source: undefined }, async () => {
    const latents = await run.denoise({ scheduler, latents: start, frames: { start: 0, end: numFrames } });
    throwIfAborted(options.signal, 'Generating the video');
    progress.decoding();
    const frames = await stopwatch.measure('vaeDecode', () =>
      model.vae.decode(latents.slice(leading, leading + model.vae.latentFrames(numFrames)), decodingNoise(run)),
    );
    return Video.fromFrames(frames, { fps, provenance });
  });
}
