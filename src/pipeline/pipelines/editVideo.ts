import { captureErrors, type MadeVideo, recorded } from '../capture/index.js';
import { ArgumentError, concatenate, type Frame, Tensor, throwIfAborted } from '../core/index.js';
import {
  blend,
  cameraPath,
  type ClipSchedules,
  contextPlan,
  countWindows,
  familyOf,
  isSchedule,
  notice,
  once,
  oneNumber,
  paddedFrameCount,
  padFrames,
  type PreparedRun,
  requireTravelFrames,
  slidingWindows,
  warpPicture,
  type Window,
} from '../diffusion/index.js';
import {
  type AfterEdit,
  beginOf,
  checkEdited,
  checkPrepared,
  type EditingMethod,
  type EditPlan,
  type EditVideoOptions,
  findMethod,
  givenMask,
  leastStrength,
  maskFinder,
  type MaskFinder,
  type PreparedMethod,
  type PlannedOptions,
  requireByFrame,
  requireScheduler,
  requireRunsBackwards,
  startsFromNoise,
  withInvertibleScheduler,
  workOfMethod,
} from '../editing/index.js';
import { type MaskPainter, PreparedMask } from '../masks/index.js';
import { croppedShare, joinedWork, type LatentDiffusionNetworks } from '../networks/index.js';
import { describeProvenance, type Fit, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import { cropAround } from './cropAround.js';
import { decodeWindows, type LatentWindow } from './decodeWindows.js';
import { finishing, RESULT_MEMORY } from './finishEdit.js';
import { checkEditVideoOptions } from './optionChecks.js';
import { contentOf, PartFrames } from './partFrames.js';
import { planEdit, windowFrames, tellOfIgnored } from './planEdit.js';
import { guideBy, type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { heldFrames, requireMemory } from './requireMemory.js';
import { codingInSteps, predictionsOf, tellTime } from './tellTime.js';
import { readFrames } from './readFrames.js';
import { planShard, windowsOf } from './shardPlan.js';
import { heardBySchedules, schedulesOf } from './schedulesOf.js';
import { tokensToEncode } from './tokensToEncode.js';
import { workOf } from './workOf.js';
import { withQuality } from './withQuality.js';

/**
 * Edits a clip towards a prompt; {@link LatentDiffusionModel.editVideo} is its face.
 *
 * The clip streams through in windows, so memory does not grow with its length.
 */
export async function editVideo(model: PipelineModel, clip: Video, prompt: string, given: EditVideoOptions): Promise<MadeVideo> {
  checkEditVideoOptions(given);
  if (!(clip instanceof Video)) throw new ArgumentError('clip', clip, 'a Video: await Video.open(…)');
  model.vae.requireEncoder();
  const chosen = withInvertibleScheduler(model, withQuality(model, 'edit', withAmbient(given, model)));
  const { signal } = chosen;
  const schedules = await schedulesOf(model, chosen, heardBySchedules(clip, signal));
  const options = withGreatestStrength(chosen, schedules);
  const enlarges = options.resolution === 'source' || options.crop !== undefined;
  const fit = options.fit ?? (enlarges ? 'fill' : 'cover');
  const mask = options.mask && (await PreparedMask.create(options.mask, clip, signal));
  const crop = mask && options.crop !== undefined ? await cropAround(mask, clip, model, signal) : undefined;
  const worked = crop ? await clip.crop(crop) : clip;
  const size = { ...model.fitSize(worked.width, worked.height), ...definedSize(options) };
  const path = options.camera && (await cameraPath(options.camera, heardBySchedules(clip, signal), size));
  const context = contextPlan(model, options);
  requireTravelFrames(options, clip.frameCount);
  const windowSize = windowFrames(options, clip, model, context);
  const aheadFrames = Math.min(windowSize, clip.frameCount ?? windowSize);
  const textTokens = await tokensToEncode(model, prompt, options);
  const ownWork = workOf(model, options, context);
  const fits = (by: EditingMethod | undefined, settings: object) => {
    if (by) requireRunsBackwards(by, familyOf(model, options), model);
    const work = joinedWork(ownWork, by && workOfMethod(by, model, settings, size));
    requireMemory(model, options, { ...size, ...heldFrames(context, aheadFrames), textTokens, ...work }, 'windowFrames');
    return work;
  };
  fits(methodOf(options.method), options);
  const unguided = await prepareRun(model, prompt, options, { ...size, frames: aheadFrames, fps: clip.fps, schedules }, true);
  tellOfCropping(options, worked, { ...size, fit });
  if (options.strength !== undefined) beginOf(unguided.newScheduler(options.strength), options.strength, unguided.numInferenceSteps);
  const overlap = windowOverlap(options, windowSize, model);
  const firstFrames = paddedFrameCount(unguided, aheadFrames);
  const needsFirstWindow = (start: number) => unguided.noise.needsFirstWindow(start, firstFrames);
  const sharing = { frameCount: clip.frameCount, size: windowSize, overlap, needsFirstWindow };
  const share = options.shard && planShard(options.shard, sharing);

  const resized = await worked.resize({ ...size, fit });
  const scaled = path ? resized.changed((frame, index) => warpPicture(frame, path[index]!)) : resized;
  const painter = await mask?.on({ ...size, fit, crop });
  if (mask && painter) await mask.requireSomething(painter, scaled, signal);
  const { plan: planned, seen } = await planEdit(unguided, scaled);
  const plan = withMask(withOneStep(planned, options, unguided.numInferenceSteps), options);
  const method = methodOf(options.method ?? plan.method)!;
  const work = fits(method, plan);
  tellOfIgnored(options, method, given);
  requireByFrame(method, given);
  const run = await withRecorder(await guideBy(unguided, method.guidedBy?.(plan) ?? prompt));
  // Started from the noised source, nothing is run backwards.
  if (!plan.noised) requireScheduler(method, run.newScheduler());
  if (method.ownLoop && run.observer) throw captureErrors.ownLoop();
  const prepared = checkPrepared(method.name, await method.prepare(run, plan));
  const finder = mask && (await maskFinder(run, mask.found, plan));
  const { steps, stepCost = 1 } = prepared;
  const preparation = (prepared.preparation ?? 0) + (finder?.steps ?? 0);
  const windows = share
    ? share.runs.flat().length
    : clip.frameCount === undefined
      ? undefined
      : countWindows(clip.frameCount, windowSize, overlap);
  await run.observer?.reserve({
    frames: aheadFrames,
    steps,
    windows,
    keepsSource: method.keepsSource ?? mask !== undefined,
  });
  const { progress, stopwatch } = run;
  const reading = (frames: AsyncIterable<Frame>, of: number | undefined) =>
    readFrames(stopwatch.waitingFor('decode', frames), of, (done) => progress.reading(done), run.watch);
  const { keepPixels, keepShapes, steady, invertMask } = plan;
  const { after: afterwards, finish } = finishing(
    { clip, scaled, size, fit, crop, mask, enlarges, method: method.name, steady, invertMask, keepPixels, keepShapes },
    signal,
  );
  const holds = contentOf(afterwards);
  const part = share && new PartFrames(holds, share.frames.start);
  const after = afterwards && part ? { comparesRoundTrip: afterwards.comparesRoundTrip, add: part.add.bind(part) } : afterwards;
  // Where the source is only shown, nothing of it is to be random.
  const fromNoise = startsFromNoise(run, plan.strength);
  // What a mask keeps of the source is the network's to see, or has to be encoded.
  const looksAtNothing = method.onlyStartsFromSource && fromNoise && !finder && (!mask || run.family.seesMask);
  const encoding: SourceEncoding = looksAtNothing ? 'none' : run.family.encodesMean || fromNoise ? 'mean' : 'sample';
  const encodes = encoding !== 'none' || run.family.seesMask || run.family.takesHints;
  await tellTime(run, { frames: aheadFrames, steps: steps * stepCost + preparation, windows, encodes, work });
  const coding = codingInSteps(run, aheadFrames, work);
  progress.expect({
    steps,
    windows,
    preparation,
    order: method.ownLoop ? 1 : run.newScheduler().order,
    predictions: predictionsOf(run),
    encoding: encoding === 'none' ? 0 : coding.encoding / stepCost,
    decoding: coding.decoding / stepCost,
  });
  const cut = share
    ? windowsOf(share, sharing, ({ start, end }) => reading(scaled.frames({ start, end, signal }), end - start))
    : slidingWindows(reading(framesAfter(seen, scaled, signal), clip.frameCount), windowSize, overlap);
  const decoded = decodeWindows(
    run,
    editWindows(run, method.name, prepared, cut, painter && { painter, finder }, after, encoding, keepShapes),
    share?.frames.start,
  );
  const edited = part ? part.finish(decoded) : finish(decoded);
  const provenance = describeProvenance({
    version: model.libraryVersion,
    device: model.device,
    kind: 'edited',
    model: model.name,
    prompt,
    negativePrompt: options.negativePrompt,
    seed: run.seed,
    settings: {
      ...plan,
      ...(isSchedule(given.strength) && { strength: given.strength }),
      fit,
      ...(enlarges && { resolution: 'source', crop: options.crop }),
      windowFrames: windowSize,
      windowOverlap: overlap,
      ...recordedSettings(run),
      ...(share && { shard: options.shard, part: { ...share.frames, frames: clip.frameCount, holds, crop } }),
    },
    source: await clip.describeSource(options.signal),
  });
  return recorded(run.observer, { model, provenance, source: clip }, () =>
    clip.withFrames(edited, { fps: clip.fps, provenance, memoryLimit: RESULT_MEMORY }),
  );
}

/** A method by its name, or itself. */
function methodOf(given: string | EditingMethod | undefined): EditingMethod | undefined {
  return typeof given === 'string' ? findMethod(given) : given;
}

/** The options with one strength: where it differs from frame to frame, the greatest, by which the run begins. */
function withGreatestStrength({ strength, ...options }: EditVideoOptions, { strength: numbers }: ClipSchedules): PlannedOptions {
  const greatest = numbers?.reduce((most, each) => Math.max(most, each)) ?? oneNumber(strength);
  return greatest === undefined ? options : { ...options, strength: greatest };
}

/** The plan with a strength of at least one step, where nobody asked for another. */
function withOneStep(plan: EditPlan, options: PlannedOptions, numInferenceSteps: number): EditPlan {
  const least = leastStrength(numInferenceSteps);
  if (options.strength !== undefined || plan.strength >= least) return plan;
  notice(
    options,
    `With so few steps (${numInferenceSteps}) the strength is ${least} rather than ${plan.strength}: one step of the schedule has to be run.`,
  );
  return { ...plan, strength: least };
}

/** The plan with the source's own pixels around a mask that is given, where nobody says otherwise. */
function withMask(plan: EditPlan, { mask, keepPixels = true }: PlannedOptions): EditPlan {
  return mask ? { ...plan, keepPixels } : plan;
}

/** The frames of a clip, of which some have been read already. */
async function* framesAfter(seen: readonly Frame[], clip: Video, signal: AbortSignal | undefined): AsyncGenerator<Frame> {
  yield* seen;
  if (seen.length < (clip.frameCount ?? Infinity)) yield* clip.frames({ start: seen.length, signal });
}

/** What a source's latents are: a sample of what they may be, the mean of that, or nothing but zeros where nobody looks at them. */
type SourceEncoding = 'sample' | 'mean' | 'none';

/** Edits window after window. */
async function* editWindows(
  run: PreparedRun,
  name: string,
  method: PreparedMethod,
  windows: AsyncIterable<Window<Frame>>,
  masked: { painter: MaskPainter; finder: MaskFinder | undefined } | undefined,
  after: Pick<AfterEdit, 'comparesRoundTrip' | 'add'> | undefined,
  encoding: SourceEncoding,
  keepShapes: boolean,
): AsyncGenerator<LatentWindow> {
  const { model, options, stopwatch, progress, calls } = run;
  for await (const { start, frames, nextStart } of windows) {
    throwIfAborted(options.signal, 'Editing the video');
    progress.beginWindow();
    run.noise.beginWindow(start);
    run.watch?.take(start, frames);
    const span = { start, end: start + frames.length };
    const leading = await run.leading();
    const behindLeading = (latents: Tensor) => (leading ? concatenate([leading, latents]) : latents);
    const own = (latents: Tensor) => latents.slice(leading?.dims[0] ?? 0);
    const encode = async (pictures: readonly Frame[]) =>
      behindLeading(padFrames(run, await encodeOnce(run, pictures, encoding !== 'sample')));
    const blank = () => behindLeading(Tensor.zeros(model.latentDims(paddedFrameCount(run, frames.length), run.size)));
    const source = encoding === 'none' ? blank() : await encode(frames);
    const area = masked && (await masked.painter.paint(span, frames, await masked.finder?.find(own(source), frames), options.signal));
    if (masked?.finder && !area!.data.some((value) => value > 0))
      notice(
        options,
        `The mask finds nothing in frames ${start} to ${span.end - 1}: they stay as they are. Give the region by its outline, or another word.`,
      );
    const mask = area && givenMask(area, source.dims, model.vae.temporalScaleFactor, leading?.dims[0]);
    const kept = mask && !run.family.seesMask ? { latents: mask.latents, source } : undefined;
    run.show({ frames: span, pictures: frames, region: area && { pixels: area, kept } });
    const window = { source, pictures: frames, encode, frames: span, ...(mask && { mask }) };
    const { latents, area: found, over, began = source } = checkEdited(name, window, await method.edit(window));
    const changeable =
      (found && area ? least(found, area) : (area ?? found)) ?? (keepShapes ? everywhere(frames.length, run.size) : undefined);
    if (after && changeable) {
      const decodeSource = () => model.vae.decode(own(began).slice(0, model.vae.latentFrames(frames.length)), undefined, calls.aside);
      after.add(start, frames, after.comparesRoundTrip ? await stopwatch.measure('vaeDecode', decodeSource) : frames, changeable, over);
    }
    // A loop of the method's own may not have kept what lies outside.
    yield { start, end: start + frames.length, latents: own(kept ? blend(kept.latents, latents, source) : latents), nextStart };
  }
}

/** What both of two masks mark. */
function least(a: Tensor, b: Tensor): Tensor {
  return a.map((value, i) => Math.min(value, b.data[i]!));
}

/** A mask that leaves nothing out. */
function everywhere(frames: number, { width, height }: { width: number; height: number }): Tensor {
  return Tensor.zeros([frames, 1, height, width]).map(() => 1);
}

/** Frames to latents: a sample of the VAE's posterior, or its mean. */
function encodeOnce(
  { model, options, stopwatch, generator, calls }: PreparedRun,
  pictures: readonly Frame[],
  mean: boolean,
): Promise<Tensor> {
  const encode = () => stopwatch.measure('encode', () => model.encodeFrames(pictures, mean ? undefined : generator, calls.encoding));
  if (mean) return once(options.shared, 'encode', model, pictures, encode);
  return options.shared ? options.shared.drawing('encode', model, generator, pictures, encode) : encode();
}

function windowOverlap(options: PlannedOptions, windowSize: number, model: LatentDiffusionNetworks): number {
  const overlap = options.windowOverlap ?? (model.unet.hasMotion ? Math.floor(windowSize / 4) : 0);
  if (!Number.isInteger(overlap) || overlap < 0 || overlap >= windowSize) {
    throw new ArgumentError('windowOverlap', overlap, `a whole number from 0 to ${windowSize - 1} (a window has ${windowSize} frames)`);
  }
  return overlap;
}

/** Says what is cut off of a clip that fills a size of another shape, where that is more than a hair. */
function tellOfCropping(options: PlannedOptions, clip: Video, size: { width: number; height: number; fit: Fit }): void {
  const share = croppedShare(clip, size);
  if (size.fit !== 'cover' || share < 0.015) return;
  const sides = clip.width * size.height > clip.height * size.width ? 'at left and right' : 'at top and bottom';
  notice(
    options,
    `The clip has ${clip.width} × ${clip.height} pixels and is edited at ${size.width} × ${size.height}: ${Math.round(100 * share)} % of it are cut off ${sides}. With fit 'contain' all of it stays.`,
  );
}

function definedSize({ width, height }: PlannedOptions): { width?: number; height?: number } {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
