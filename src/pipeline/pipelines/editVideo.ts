import { captureErrors, type MadeVideo, recorded } from '../capture/index.js';
import { ArgumentError, type Frame, type Tensor, throwIfAborted } from '../core/index.js';
import { countWindows, notice, once, type PreparedRun, slidingWindows, type Window } from '../diffusion/index.js';
import {
  type AfterEdit,
  afterEdit,
  beginOf,
  checkEdited,
  checkPrepared,
  type EditPlan,
  type EditVideoOptions,
  findMethod,
  leastStrength,
  type PreparedMethod,
  requireScheduler,
  requireRunsBackwards,
  startsFromNoise,
  withInvertibleScheduler,
} from '../editing/index.js';
import { croppedShare, type LatentDiffusionNetworks } from '../networks/index.js';
import { describeProvenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import { decodeWindows, type LatentWindow } from './decodeWindows.js';
import { checkEditVideoOptions } from './optionChecks.js';
import { planEdit, windowFrames, tellOfIgnored } from './planEdit.js';
import { guideBy, type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { requireMemory } from './requireMemory.js';
import { tellTime } from './tellTime.js';
import { readFrames } from './readFrames.js';
import { withQuality } from './withQuality.js';

/** Bytes of edited frames kept in memory; longer results go to a temporary file, so that memory does not grow with them. */
const RESULT_MEMORY = 8 << 20;

/**
 * Edits a clip towards a prompt; {@link LatentDiffusionModel.editVideo} is its face.
 *
 * The clip streams through in windows, so memory does not grow with its length.
 */
export async function editVideo(model: PipelineModel, clip: Video, prompt: string, given: EditVideoOptions): Promise<MadeVideo> {
  checkEditVideoOptions(given);
  if (!(clip instanceof Video)) throw new ArgumentError('clip', clip, 'a Video: await Video.open(…)');
  model.vae.requireEncoder();
  const options = withInvertibleScheduler(model, withQuality(model, 'edit', withAmbient(given, model)));
  const size = { ...model.fitSize(clip.width, clip.height), ...definedSize(options) };
  const windowSize = windowFrames(options, clip, model);
  requireMemory(model, options, { ...size, frames: windowSize }, 'windowFrames');
  const unguided = await prepareRun(model, prompt, options, size, true);
  tellOfCropping(options, clip, size);
  if (options.strength !== undefined) beginOf(unguided.newScheduler(options.strength), options.strength, unguided.numInferenceSteps);
  const overlap = windowOverlap(options, windowSize, model);

  const scaled = await clip.resize({ ...size, fit: options.fit ?? 'cover' });
  const { plan: planned, seen } = await planEdit(unguided, scaled);
  const plan = withOneStep(planned, options, unguided.numInferenceSteps);
  const method = typeof options.method === 'object' ? options.method : findMethod(plan.method);
  tellOfIgnored(options, method, given);
  const run = await withRecorder(await guideBy(unguided, method.guidedBy?.(plan) ?? prompt));
  requireRunsBackwards(method, run.family, model);
  // Started from the noised source, nothing is run backwards.
  if (!plan.noised) requireScheduler(method, run.newScheduler());
  if (method.ownLoop && run.observer) throw captureErrors.ownLoop();
  const prepared = checkPrepared(method.name, await method.prepare(run, plan));
  const { steps, preparation, stepCost = 1 } = prepared;
  const windows = clip.frameCount === undefined ? undefined : countWindows(clip.frameCount, windowSize, overlap);
  await run.observer?.reserve({
    frames: Math.min(windowSize, clip.frameCount ?? windowSize),
    steps,
    windows,
    keepsSource: method.keepsSource,
  });
  const { progress, stopwatch } = run;
  await tellTime(run, { frames: windowSize, steps: steps * stepCost + (preparation ?? 0), windows, encodes: true });
  progress.expect(steps, windows, preparation, method.ownLoop ? 1 : run.newScheduler().order);
  const frames = readFrames(
    stopwatch.waitingFor('decode', framesAfter(seen, scaled, options.signal)),
    clip.frameCount,
    (done) => progress.reading(done),
    run.watch,
  );
  const after = afterEdit(plan);
  // Where the source is only shown, nothing of it is to be random.
  const encodesMean = run.family.encodesMean || startsFromNoise(run, plan.strength);
  const decoded = decodeWindows(
    run,
    editWindows(run, method.name, prepared, slidingWindows(frames, windowSize, overlap), after, encodesMean),
  );
  const edited = after?.finish(decoded) ?? decoded;
  const provenance = describeProvenance({
    version: model.libraryVersion,
    device: model.device,
    kind: 'edited',
    model: model.name,
    prompt,
    negativePrompt: options.negativePrompt,
    seed: run.seed,
    settings: { ...plan, fit: options.fit ?? 'cover', windowFrames: windowSize, windowOverlap: overlap, ...recordedSettings(run) },
    source: await clip.describeSource(options.signal),
  });
  return recorded(run.observer, { model, provenance, source: clip }, () =>
    clip.withFrames(edited, { fps: clip.fps, provenance, memoryLimit: RESULT_MEMORY }),
  );
}

/** The plan with a strength of at least one step, where nobody asked for another. */
function withOneStep(plan: EditPlan, options: EditVideoOptions, numInferenceSteps: number): EditPlan {
  const least = leastStrength(numInferenceSteps);
  if (options.strength !== undefined || plan.strength >= least) return plan;
  notice(
    options,
    `With so few steps (${numInferenceSteps}) the strength is ${least} rather than ${plan.strength}: one step of the schedule has to be run.`,
  );
  return { ...plan, strength: least };
}

/** The frames of a clip, of which some have been read already. */
async function* framesAfter(seen: readonly Frame[], clip: Video, signal: AbortSignal | undefined): AsyncGenerator<Frame> {
  yield* seen;
  if (seen.length < (clip.frameCount ?? Infinity)) yield* clip.frames({ start: seen.length, signal });
}

/** Edits window after window. @param mean whether the source's latents are the mean of what they may be, so that no sample is drawn. */
async function* editWindows(
  run: PreparedRun,
  name: string,
  method: PreparedMethod,
  windows: AsyncIterable<Window<Frame>>,
  after: AfterEdit | undefined,
  mean: boolean,
): AsyncGenerator<LatentWindow> {
  const { model, options, stopwatch, progress } = run;
  for await (const { start, frames, nextStart } of windows) {
    throwIfAborted(options.signal, 'Editing the video');
    progress.beginWindow();
    run.watch?.take(start, frames);
    run.show({ frames: { start, end: start + frames.length }, pictures: frames });
    const encode = async (pictures: readonly Frame[]) => model.padFrames(await encodeOnce(run, pictures, mean));
    const source = await encode(frames);
    const window = { source, pictures: frames, encode, frames: { start, end: start + frames.length } };
    const { latents, area, began = source } = checkEdited(name, window, await method.edit(window));
    if (after && area)
      after.add(
        start,
        frames,
        await stopwatch.measure('vaeDecode', () => model.vae.decode(began.slice(0, model.vae.latentFrames(frames.length)))),
        area,
      );
    yield { start, end: start + frames.length, latents, nextStart };
  }
}

/** Frames to latents: a sample of the VAE's posterior, or its mean. */
function encodeOnce({ model, options, stopwatch, generator }: PreparedRun, pictures: readonly Frame[], mean: boolean): Promise<Tensor> {
  const encode = () => stopwatch.measure('encode', () => model.encodeFrames(pictures, mean ? undefined : generator));
  if (mean) return once(options.shared, 'encode', model, pictures, encode);
  return options.shared ? options.shared.drawing('encode', model, generator, pictures, encode) : encode();
}

function windowOverlap(options: EditVideoOptions, windowSize: number, model: LatentDiffusionNetworks): number {
  const overlap = options.windowOverlap ?? (model.unet.hasMotion ? Math.floor(windowSize / 4) : 0);
  if (!Number.isInteger(overlap) || overlap < 0 || overlap >= windowSize) {
    throw new ArgumentError('windowOverlap', overlap, `a whole number from 0 to ${windowSize - 1} (a window has ${windowSize} frames)`);
  }
  return overlap;
}

/** Says what is cut off of a clip that fills a size of another shape, where that is more than a hair. */
function tellOfCropping(options: EditVideoOptions, clip: Video, size: { width: number; height: number }): void {
  const share = croppedShare(clip, size);
  if ((options.fit ?? 'cover') !== 'cover' || share < 0.015) return;
  const sides = clip.width * size.height > clip.height * size.width ? 'at left and right' : 'at top and bottom';
  notice(
    options,
    `The clip has ${clip.width} × ${clip.height} pixels and is edited at ${size.width} × ${size.height}: ${Math.round(100 * share)} % of it are cut off ${sides}. With fit 'contain' all of it stays.`,
  );
}

function definedSize({ width, height }: EditVideoOptions): { width?: number; height?: number } {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
