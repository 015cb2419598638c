import { recorded, type MadeVideo } from '../capture/index.js';
import { type WindowPart, notice, type PreparedRun, type Preparation, ProgressTracker, type Pieces, stageText, countWindows, slidingWindows, type Window } from '../diffusion/index.js';
import { afterEdit, type AfterEdit, type EditPlan, planByCaptions, planByOptions, diffedit, type EditingMethod, withInvertibleScheduler, type EditVideoOptions, readSource, type SourceReading, beginOf, sdedit } from '../editing/index.js';
import { ArgumentError, throwIfAborted, type Frame } from '../core/index.js';
import { type LatentDiffusionNetworks, croppedShare, parsePromptWeights } from '../networks/index.js';
import { describeProvenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import { decodeWindows } from './decodeWindows.js';
import { checkEditVideoOptions } from './optionChecks.js';
import { guideBy, type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { readFrames } from './readFrames.js';

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
  const options = withInvertibleScheduler(model, withAmbient(given, model));
  const size = { ...model.fitSize(clip.width, clip.height), ...definedSize(options) };
  const prepared = await prepareRun(model, prompt, options, size);
  tellOfCropping(options, clip, size);
  if (options.strength !== undefined) beginOf(prepared.newScheduler(options.strength), options.strength, prepared.numInferenceSteps);
  const windowSize = windowFrames(options, clip, model);
  const overlap = windowOverlap(options, windowSize, model);

  const scaled = await clip.resize({ ...size, fit: options.fit ?? 'cover' });
  const plan = await planEdit(prepared, options, scaled);
  const run = await withRecorder(await guideBy(prepared, plan.isolatedPrompt ?? prompt));
  const method = await methodOf(run, plan);
  const windows = clip.frameCount === undefined ? undefined : countWindows(clip.frameCount, windowSize, overlap);
  await run.observer?.reserve({ frames: Math.min(windowSize, clip.frameCount ?? windowSize), steps: method.steps(run), windows, keepsSource: method.keepsSource });
  const tracker = new ProgressTracker(options.onProgress, method.steps(run), windows, method.preparation?.(run), run.newScheduler().order);
  const frames = readFrames(run.stopwatch.waitingFor('decode', scaled.frames({ signal: options.signal })), clip.frameCount, (done) => tracker.reading(done), run.watch);
  const after = afterEdit(plan);
  const decoded = decodeWindows(run, editWindows(run, method, slidingWindows(frames, windowSize, overlap), tracker, after), tracker);
  const edited = after?.finish(decoded) ?? decoded;
  const provenance = describeProvenance({
    version: model.libraryVersion, kind: 'edited', model: model.name, prompt, negativePrompt: options.negativePrompt, seed: run.seed,
    settings: { ...plan, fit: options.fit ?? 'cover', windowFrames: windowSize, windowOverlap: overlap, ...recordedSettings(run) },
    source: await clip.describeSource(options.signal),
  });
  return recorded(run.observer, { model, provenance, source: clip }, () => clip.withFrames(edited, { fps: clip.fps, provenance, memoryLimit: RESULT_MEMORY }));
}

/** Edits window after window. */
async function* editWindows(run: PreparedRun, method: EditingMethod, windows: AsyncIterable<Window<Frame>>, tracker: ProgressTracker, after: AfterEdit | undefined): AsyncGenerator<WindowPart> {
  const { model, options, stopwatch } = run;
  for await (const { start, frames, nextStart } of windows) {
    throwIfAborted(options.signal, 'Editing the video');
    tracker.beginWindow();
    run.watch?.take(start, frames);
    const source = await stopwatch.measure('encode', () => model.encodeFrames(frames, run.generator));
    const padded = model.padFrames(source);
    const onPrepared = (what: Preparation, steps: number) => tracker.prepared(what, steps);
    const onStep = ({ step, timestep, sigma }: { step: number; timestep: number; sigma?: number }) => tracker.stepDone(step, timestep, sigma);
    const encode = async (pictures: readonly Frame[]) => model.padFrames(await stopwatch.measure('encode', () => model.encodeFrames(pictures, run.generator)));
    const { latents, area, began = padded } = await method.edit(run, { source: padded, pictures: frames, encode, frames: { start, end: start + frames.length }, onPrepared, onStep });
    if (after && area) after.add(start, frames, await stopwatch.measure('vaeDecode', () => model.vae.decode(began.slice(0, frames.length))), area);
    yield { start, rows: latents.slice(0, frames.length), nextStart };
  }
}

/** What the options say, or what fits the prompt best: by the source's caption, which the model reads where nobody gives it. */
async function planEdit(run: PreparedRun, options: EditVideoOptions, scaled: Video): Promise<EditPlan> {
  const { model } = run;
  const prompt = parsePromptWeights(run.prompt).map(({ text }) => text).join('');
  const isWeighted = prompt !== run.prompt;
  const { method, sourcePrompt } = options;
  const vocabulary = model.captions;
  const scheduler = run.newScheduler();
  const canInvert = scheduler.inverse() !== undefined;
  if (method !== undefined || !vocabulary || vocabulary.read(prompt).parts.size === 0) {
    if (method === undefined && sourcePrompt !== undefined && !canInvert) notice(options, `${scheduler.className} cannot be run backwards, as DiffEdit needs; the whole picture is edited by sdedit instead. Leave the scheduler out to have DiffEdit.`);
    return planByOptions(options, canInvert);
  }
  const { interrogator } = model;
  if (!interrogator) return sourcePrompt === undefined ? planByOptions(options, canInvert) : planByCaptions(vocabulary, sourcePrompt, prompt, options, { canInvert, seesSubject: false, inDoubt: false, isWeighted });
  const reading = await readSource(interrogator, vocabulary, await firstWindow(run, options, scaled), prompt);
  const known = reading.known >= interrogator.knownFrom;
  const believed = sourcePrompt !== undefined || (known && reading.confidence >= interrogator.believedFrom);
  const plan = planByCaptions(vocabulary, sourcePrompt ?? reading.caption, prompt, options, { canInvert, seesSubject: known, inDoubt: !believed, isWeighted });
  tellOfReading(model.name, options, plan, reading, { known, believed });
  return plan;
}

/** The frames of a clip's first window, for a look at what it shows. */
async function firstWindow(run: PreparedRun, options: EditVideoOptions, scaled: Video): Promise<Frame[]> {
  const end = windowFrames(options, scaled, run.model);
  const tell = (stage: 'frames' | 'read', pieces?: Pieces): void => {
    const progress = { stage, step: 0, steps: run.numInferenceSteps };
    options.onProgress?.({ ...progress, text: stageText(progress, pieces), window: 1 });
  };
  const frames: Frame[] = [];
  const reading = readFrames(scaled.frames({ end, signal: options.signal }), Math.min(end, scaled.frameCount ?? end), (pieces) => tell('frames', pieces), run.watch);
  for await (const frame of reading) frames.push(frame);
  tell('read');
  await run.watch?.understanding();
  return frames;
}

/** Says what the source was taken for, and how far that is to be trusted. */
function tellOfReading(name: string, options: EditVideoOptions, plan: EditPlan, reading: SourceReading, { known, believed }: { known: boolean; believed: boolean }): void {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  if (!known) notice(options, `This is not the kind of clip that ${name} was trained on (${percent(reading.known)} like one): do not expect much of it. See the model's card for what it knows, or take a model that was trained on footage.`);
  if (options.sourcePrompt !== undefined) return;
  const changing = `changing ${plan.changes?.length ? plan.changes.join(' and ') : 'nothing that can be named'}, by ${plan.method} with strength ${plan.strength}${plan.isolatedPrompt === undefined ? '' : ', the subject alone before plain gray'}`;
  if (believed) notice(options, `The source reads as "${plan.sourcePrompt}"; ${changing}.`);
  else if (known) notice(options, `The source may be "${plan.sourcePrompt}", but that is not sure (${percent(reading.confidence)}); ${changing}. Say what it shows as sourcePrompt (--source-prompt) for a better edit.`);
  else notice(options, `So that little is lost, the edit stays close to the source: ${plan.method} with strength ${plan.strength}. Another strength or a sourcePrompt says otherwise.`);
}

async function methodOf(run: PreparedRun, plan: EditPlan): Promise<EditingMethod> {
  if (plan.method === 'sdedit') return sdedit(plan.strength);
  if (plan.maskBy === 'subject' && !run.model.interrogator) throw new ArgumentError('maskBy', 'subject', `"prompts" with ${run.model.name}, which has no interrogator to see the subject with`);
  const maskPrompt = plan.maskPrompt ?? (plan.isolatedPrompt === undefined ? undefined : run.prompt);
  const contrast = maskPrompt === undefined ? undefined : await run.condition(maskPrompt);
  return diffedit({ strength: plan.strength, source: await run.condition(plan.sourcePrompt ?? ''), contrast, interrogator: plan.maskBy === 'subject' ? run.model.interrogator : undefined, grow: plan.maskGrow, invert: plan.invertMask, outline: plan.keepShapes, noised: plan.noised, isolated: plan.isolatedPrompt !== undefined });
}

function windowFrames({ windowFrames: frames }: EditVideoOptions, clip: Video, model: LatentDiffusionNetworks): number {
  if (frames === undefined) {
    const { frameCount = Infinity } = clip;
    return frameCount > model.recommended.maxFrames ? model.windowFrames : Math.max(frameCount, model.windowFrames);
  }
  model.paddedFrameCount(frames, 'windowFrames');
  return frames;
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
  notice(options, `The clip has ${clip.width} × ${clip.height} pixels and is edited at ${size.width} × ${size.height}: ${Math.round(100 * share)} % of it are cut off ${sides}. With fit 'contain' all of it stays.`);
}

function definedSize({ width, height }: EditVideoOptions): { width?: number; height?: number } {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
