import { recorded, type MadeVideo } from '../capture/index.js';
import { throwIfAborted } from '../core/index.js';
import {
  contextPlan,
  type FreeInitOptions,
  freeInitSettings,
  paddedFrameCount,
  type PreparedRun,
  reinitializedNoise,
  requireFreeInit,
  requireLoop,
  requireTravelFrames,
} from '../diffusion/index.js';
import type { AlphasConfig, Scheduler } from '../schedulers/index.js';
import { describeProvenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import type { GenerateVideoOptions } from './options.js';
import { sourceBeside } from './sourceBeside.js';
import { checkGenerateVideoOptions } from './optionChecks.js';
import { decodingNoise } from './decodingNoise.js';
import { tellTime } from './tellTime.js';
import { heldFrames, requireMemory } from './requireMemory.js';
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
  const context = contextPlan(model, options);
  requireLoop(model, context, numFrames, numFrames);
  requireTravelFrames(options, numFrames);
  requireMemory(model, options, { ...size, ...heldFrames(context, numFrames) }, 'numFrames');
  const run = await withRecorder(await prepareRun(model, prompt, options, { ...size, frames: numFrames, fps }, false));
  const { stopwatch, noise, progress } = run;

  const freeInit = options.freeInit && freeInitSettings(options.freeInit);
  if (freeInit) requireFreeInit(run);
  const passes = freeInit?.iterations ?? 1;
  const beside = options.promptToPrompt && (await sourceBeside(run, options.promptToPrompt));
  const scheduler = run.newScheduler();
  await run.observer?.reserve({ frames: numFrames, steps: scheduler.timesteps.length, windows: 1 });
  await tellTime(run, { frames: numFrames, steps: scheduler.timesteps.length, windows: passes, encodes: run.family.takesHints });
  progress.expect(scheduler.timesteps.length, passes, 0, scheduler.order);
  const [latentFrames, ...place] = model.latentDims(paddedFrameCount(run, numFrames), run.size) as [number, ...number[]];
  const leading = (await run.leading())?.dims[0] ?? 0;
  const start = noise.randn([leading + latentFrames, ...place]);
  const provenance = describeProvenance({
    version: model.libraryVersion,
    device: model.device,
    kind: 'generated',
    model: model.name,
    prompt,
    negativePrompt: options.negativePrompt,
    seed: run.seed,
    settings: {
      numFrames,
      fps,
      ...(freeInit && { freeInit }),
      ...(options.promptToPrompt && { promptToPrompt: options.promptToPrompt }),
      ...recordedSettings(run),
    },
  });
  return recorded(run.observer, { model, provenance, source: undefined }, async () => {
    let latents = start;
    for (let pass = 0; pass < passes; pass++) {
      progress.beginWindow('denoise');
      const scheduler = schedulerOfPass(run, pass, freeInit);
      const from =
        pass === 0 ? start : reinitializedNoise(latents, start, noise.randn(start.dims), scheduler.config as AlphasConfig, freeInit!);
      const scaled = from.map((value) => value * scheduler.initNoiseSigma);
      latents = await run.denoise({ scheduler, latents: scaled, frames: { start: 0, end: numFrames }, ...beside?.(scaled) });
    }
    throwIfAborted(options.signal, 'Generating the video');
    progress.decoding();
    const frames = await stopwatch.measure('vaeDecode', () =>
      model.vae.decode(latents.slice(leading, leading + model.vae.latentFrames(numFrames)), decodingNoise(run)),
    );
    return Video.fromFrames(frames, { fps, provenance });
  });
}

/** A pass of FreeInit may take but a share of the steps. */
function schedulerOfPass(
  { newScheduler, numInferenceSteps }: PreparedRun,
  pass: number,
  freeInit: Required<FreeInitOptions> | undefined,
): Scheduler {
  const scheduler = newScheduler();
  if (freeInit?.fastSampling && scheduler.explicitSteps === undefined)
    scheduler.setTimesteps(Math.max(1, Math.floor((numInferenceSteps / freeInit.iterations) * (pass + 1))));
  return scheduler;
}
