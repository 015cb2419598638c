import { recorded, type MadeVideo } from '../capture/index.js';
import { denoise, ProgressTracker } from '../diffusion/index.js';
import { throwIfAborted } from '../core/index.js';
import { describeProvenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import type { GenerateVideoOptions } from './options.js';
import { checkGenerateVideoOptions } from './optionChecks.js';
import { type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';

/** Makes a clip from text alone; {@link LatentDiffusionModel.generateVideo} is its face. */
export async function generateVideo(model: PipelineModel, prompt: string, given: GenerateVideoOptions): Promise<MadeVideo> {
  checkGenerateVideoOptions(given);
  const options = withAmbient(given, model);
  const numFrames = options.numFrames ?? model.windowFrames;
  const fps = options.fps ?? model.recommended.fps;
  const { sampleSize } = model;
  const run = await withRecorder(await prepareRun(model, prompt, options, { width: options.width ?? sampleSize.width, height: options.height ?? sampleSize.height }));
  const { stopwatch, noise, guidance } = run;

  const scheduler = run.newScheduler();
  await run.observer?.reserve({ frames: numFrames, steps: scheduler.timesteps.length, windows: 1 });
  const tracker = new ProgressTracker(options.onProgress, scheduler.timesteps.length, 1, 0, scheduler.order);
  tracker.beginWindow('denoise');
  const dims = model.latentDims(model.paddedFrameCount(numFrames), run.size);
  const start = noise.randn(dims).map((value) => value * scheduler.initNoiseSigma);
  const provenance = describeProvenance({
    version: model.libraryVersion, kind: 'generated', model: model.name, prompt, negativePrompt: options.negativePrompt, seed: run.seed,
    settings: { numFrames, fps, ...recordedSettings(run) },
  });
  return recorded(run.observer, { model, provenance, source: undefined }, async () => {
    const latents = await denoise({
      unet: model.unet, scheduler, beginIndex: 0, latents: start, guidance, noise, eta: options.eta, frames: { start: 0, end: numFrames },
      onStep: ({ step, timestep, sigma }) => tracker.stepDone(step, timestep, sigma),
      callbackOnStepEnd: options.callbackOnStepEnd, signal: options.signal, stopwatch, observer: run.observer,
    });
    throwIfAborted(options.signal, 'Generating the video');
    tracker.decoding();
    const frames = await stopwatch.measure('vaeDecode', () => model.vae.decode(latents.slice(0, numFrames)));
    return Video.fromFrames(frames, { fps, provenance });
  });
}
