import { recorded, type MadeVideo } from '../capture/index.js';
import { ArgumentError, throwIfAborted } from '../core/index.js';
import {
  cameraPath,
  contextPlan,
  type FreeInitOptions,
  freeInitSettings,
  freeNoiseSettings,
  motionSteps,
  movedStart,
  paddedFrameCount,
  type PreparedRun,
  reinitializedNoise,
  requireConditionsFit,
  requireFreeInit,
  requireFreeNoise,
  rescheduledNoise,
  requireLoop,
  requireTravelFrames,
} from '../diffusion/index.js';
import type { AlphasConfig, Scheduler } from '../schedulers/index.js';
import { deflickered, describeProvenance, loopDeflickered, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import type { GenerateVideoOptions } from './options.js';
import { sourceBeside } from './sourceBeside.js';
import { checkGenerateVideoOptions } from './optionChecks.js';
import { decodingNoise } from './decodingNoise.js';
import { codingInSteps, predictionsOf, tellTime } from './tellTime.js';
import { heldFrames, requireMemory } from './requireMemory.js';
import { type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { schedulesOf } from './schedulesOf.js';
import { tokensToEncode } from './tokensToEncode.js';
import { workOf } from './workOf.js';
import { withQuality } from './withQuality.js';

/** Makes a clip from text alone; {@link LatentDiffusionModel.generateVideo} is its face. */
export async function generateVideo(model: PipelineModel, prompt: string, given: GenerateVideoOptions): Promise<MadeVideo> {
  checkGenerateVideoOptions(given);
  const options = withQuality(model, 'generate', withAmbient(given, model));
  const numFrames = options.numFrames ?? model.windowFrames;
  model.requireFrameCount(numFrames, 'numFrames');
  requireConditionsFit(options.conditions, numFrames, model.vae.temporalScaleFactor);
  const { fps = model.recommended.fps, deflicker = model.recommended.deflicker } = options;
  const size = { width: options.width ?? model.sampleSize.width, height: options.height ?? model.sampleSize.height };
  const context = contextPlan(model, options);
  const steady = context?.schedule === 'looped' ? loopDeflickered : deflickered;
  requireLoop(model, context, numFrames, numFrames);
  requireTravelFrames(options, numFrames);
  const schedules = await schedulesOf(model, options, { frameCount: numFrames, fps });
  const path = options.camera && (await cameraPath(options.camera, { frameCount: numFrames, fps }, size));
  const textTokens = await tokensToEncode(model, prompt, options);
  const work = workOf(model, options, context);
  requireMemory(model, options, { ...size, ...heldFrames(context, numFrames), textTokens, ...work }, 'numFrames');
  const run = await withRecorder(await prepareRun(model, prompt, options, { ...size, frames: numFrames, fps, schedules }, false));
  const { stopwatch, noise, progress, calls } = run;

  const freeInit = options.freeInit && freeInitSettings(options.freeInit);
  if (freeInit) requireFreeInit(run);
  const freeNoise = options.freeNoise && freeNoiseSettings(options.freeNoise, run);
  if (freeNoise) requireFreeNoise(run);
  const passes = freeInit?.iterations ?? 1;
  const motion = options.camera && motionSteps(options.camera, run);
  if (motion && (freeInit || freeNoise))
    throw new ArgumentError('camera', 'given', 'left out with freeInit and freeNoise, which make the noise of the frames themselves');
  if (options.conditions && (motion || freeInit || freeNoise || options.promptToPrompt))
    throw new ArgumentError(
      'conditions',
      'given',
      'left out with camera, freeInit, freeNoise and promptToPrompt, which begin with latents of their own',
    );
  const beside = options.promptToPrompt && (await sourceBeside(run, options.promptToPrompt));
  const scheduler = run.newScheduler();
  await run.observer?.reserve({ frames: numFrames, steps: scheduler.timesteps.length, windows: 1 });
  const windows = motion ? 2 : passes;
  const steps = scheduler.timesteps.length;
  await tellTime(run, { frames: numFrames, steps, windows: passes, encodes: run.family.takesHints, work });
  // What shows the network pictures encodes them within the first step.
  const { decoding } = codingInSteps(run, numFrames, work);
  progress.expect({ steps, windows, order: scheduler.order, predictions: predictionsOf(run), decoding: decoding / windows });
  const [latentFrames, ...place] = model.latentDims(paddedFrameCount(run, numFrames), run.size) as [number, ...number[]];
  const conditioned = await run.family.condition?.(run, { numFrames, draw: () => noise.randn([latentFrames, ...place]) });
  if (conditioned) run.show({ frames: { start: 0, end: numFrames }, conditioned });
  const leading = conditioned?.leadingAt.length ?? (await run.leading())?.dims[0] ?? 0;
  const rows = leading + latentFrames;
  const drawn = conditioned?.latents ?? noise.randn([motion ? 1 : rows, ...place]);
  const start = freeNoise ? rescheduledNoise(drawn, freeNoise, (count) => noise.permutation(count)) : drawn;
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
      ...(deflicker > 0 && { deflicker }),
      ...(freeInit && { freeInit }),
      ...(freeNoise && { freeNoise }),
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
      const begun = motion && (await movedStart(run, path!, from, rows, motion));
      if (begun) progress.beginWindow('denoise');
      const scaled = from.map((value) => value * scheduler.initNoiseSigma);
      const plain = () => ({
        scheduler,
        latents: scaled,
        frames: { start: 0, end: numFrames },
        ...beside?.(scaled),
      });
      latents = await run.denoise(begun ?? plain());
    }
    throwIfAborted(options.signal, 'Generating the video');
    progress.decoding();
    const frames = stopwatch.waitingFor(
      'vaeDecode',
      model.vae.decodeFrames(latents.slice(leading, leading + model.vae.latentFrames(numFrames)), decodingNoise(run), calls.decoding),
    );
    return Video.fromFrames(steady(frames, deflicker), { fps, provenance });
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
