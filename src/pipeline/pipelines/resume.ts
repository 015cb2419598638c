import { captureErrors, recorded, type CapturedPoint, type MadeVideo, type ResumeOptions, type Run } from '../capture/index.js';
import {
  type CapturePlan,
  type ConditionedFrames,
  contextPlan,
  type DiffusionOptions,
  paddedFrameCount,
  type PreparedRun,
  requireShownClips,
} from '../diffusion/index.js';
import { type AfterEdit, afterEdit, allMethods, aloneBefore, besideSubject, steadyEdit, type EditVideoOptions } from '../editing/index.js';
import { ArgumentError, throwIfAborted, type Frame } from '../core/index.js';
import { type MaskPainter, PreparedMask } from '../masks/index.js';
import { deflickered, deflickerDistance, describeProvenance, loopDeflickered, type Provenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import { decodeWindows, type LatentWindow } from './decodeWindows.js';
import { guideBy, type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { continuedSettings } from './recordedRun.js';
import { heldFrames, requireMemory } from './requireMemory.js';
import { ResumePoint } from './resumePoint.js';
import { heardBySchedules, schedulesOf } from './schedulesOf.js';
import { codingInSteps, predictionsOf } from './tellTime.js';
import { workOf } from './workOf.js';

/** Bytes of frames kept in memory; longer results go to a temporary file. */
const RESULT_MEMORY = 8 << 20;

/** Options of a run that goes on. */
type ContinuedOptions = DiffusionOptions & Pick<EditVideoOptions, 'fit'>;

/** Goes on from a captured step; {@link RunPoint.resume} is its face. */
export async function resumeRun(model: PipelineModel, { run, parts, step }: CapturedPoint, given: ResumeOptions): Promise<MadeVideo> {
  const { record, source } = parts;
  if (model.name !== record.provenance.model) throw captureErrors.otherModel(record.provenance.model, model.name);
  const { prompt = run.prompt, latents, ...changes } = given;
  requireAlone(run);
  const guidedBy = textOfGuidance(run, model, prompt);
  const { shownClips: shown } = run.settings;
  requireShownClips(shown, changes);
  if (changes.conditions && !(Array.isArray(shown) && shown.includes('conditions')))
    throw new ArgumentError('conditions', 'given', 'left out: the run had none, and its latents have no places for them');
  const inherited = inheritedCapture(record.capture, model, guidedBy);
  const options = withAmbient(continuedOptions(record.provenance, changes, inherited, prompt !== run.prompt), model);
  const [first] = record.windows;
  const frames = first!.end - first!.start;
  const size = { width: record.width, height: record.height };
  const context = contextPlan(model, options);
  const work = workOf(model, options, context);
  requireMemory(model, options, { ...size, ...heldFrames(context, frames), ...work }, undefined);
  const whole = { frameCount: record.windows.at(-1)!.end, fps: run.fps };
  const schedules = await schedulesOf(model, options, source ? { ...heardBySchedules(source, options.signal), ...whole } : whole);
  const shape = { ...size, frames, fps: run.fps, schedules };
  const prepared = await withRecorder(
    await guideBy(await prepareRun(model, prompt, options, shape, record.provenance.kind === 'edited'), guidedBy),
  );
  if (changes.mask && run.settings.shownClips === undefined && !prepared.family.seesMask)
    throw new ArgumentError(
      'mask',
      changes.mask,
      'left out: what a captured edit keeps of its source stays, another mask needs another edit',
    );
  if (prepared.family.drawsWhatItShows) throw captureErrors.drawnAnew(model.name);
  const conditioned = await conditionsAnew(prepared, frames);
  const leading = conditioned?.leadingAt.length ?? (await prepared.leading())?.dims[0];
  const point = new ResumePoint(parts, prepared, step, latents, leading);
  const { remaining } = point;
  await prepared.observer?.reserve({
    frames: first!.end - first!.start,
    steps: remaining,
    windows: record.windows.length,
    doneSteps: step,
    keepsSource: point.keepsSource,
  });
  prepared.progress.expect({
    steps: step + remaining,
    doneSteps: step,
    windows: record.windows.length,
    order: prepared.newScheduler().order,
    predictions: predictionsOf(prepared),
    decoding: codingInSteps(prepared, record.windows[0]!.end - record.windows[0]!.start, work).decoding,
  });
  const painter = await seenMask(prepared, source);
  const provenance = branchedProvenance(run, record.provenance, prepared, step, latents !== undefined);

  return recorded(prepared.observer, { model, provenance, source, branch: { run: run.id, step } }, () => {
    const after = point.keepsSource || painter ? afterEdit(record.provenance.settings) : undefined;
    const decoded = decodeWindows(prepared, continuedWindows(prepared, point, after, { painter, conditioned }));
    const steady = run.settings.contextSchedule === 'looped' ? loopDeflickered : deflickered;
    const made = steady(decoded, recordedDeflicker(record.provenance));
    return videoOf(after?.finish(made) ?? made, run, source, provenance);
  });
}

/** @throws {FrameloomError} `FL_CAPTURE_BESIDE` for runs that a source went along with. */
function requireAlone({ settings }: Run): void {
  const method = allMethods.find(({ name, besideSource }) => besideSource && name === settings.method);
  if (method) throw captureErrors.besideSource(method.title);
  if (settings.promptToPrompt !== undefined) throw captureErrors.besideSource('Prompt-to-Prompt');
}

/** Denoises window after window to the end. */
async function* continuedWindows(
  run: PreparedRun,
  point: ResumePoint,
  after: AfterEdit | undefined,
  { painter, conditioned }: { painter: MaskPainter | undefined; conditioned: ConditionedFrames | undefined },
): AsyncGenerator<LatentWindow> {
  const { model, options, stopwatch, progress, calls } = run;
  for (const [index, { start, end }] of point.windows.entries()) {
    throwIfAborted(options.signal, 'Going on with the run');
    progress.beginWindow('denoise');
    const shows = point.isEdit && (run.family.startsFromNoise || run.controls.some(({ clip }) => clip === undefined));
    const pictures = shows ? await point.sourceFrames(index) : undefined;
    const seen = pictures && painter && (await painter.paint({ start, end }, pictures, undefined, options.signal));
    if (pictures) run.show({ frames: { start, end }, pictures, region: seen && { pixels: seen } });
    if (conditioned) run.show({ frames: { start, end }, conditioned });
    const from = await point.restore(index);
    const denoised = await run.denoise({ ...from, frames: { start, end } });
    const sourceFrames = async (): Promise<readonly Frame[]> => pictures ?? (await point.sourceFrames(index));
    const { keep } = from;
    const { latents, over, ...changed } = keep?.area
      ? await steadyEdit(run, point.settings, denoised, {
          clean: keep.outside.at(-1)!,
          mask: keep.mask,
          area: keep.area,
          pictures: sourceFrames,
        })
      : { latents: denoised };
    const area = changed.area ?? seen;
    if (after && area) {
      const source = await sourceFrames();
      const decodeSource = () =>
        model.vae.decode(from.keep!.outside.at(-1)!.slice(0, model.vae.latentFrames(end - start)), undefined, calls.aside);
      after.add(start, source, after.comparesRoundTrip ? await stopwatch.measure('vaeDecode', decodeSource) : source, area, over);
    }
    yield { start, end, latents: latents.slice(point.leadingFrames), nextStart: point.windows[index + 1]?.start };
  }
}

/** What a clip that was made from pictures and clips began with: drawn anew, by the same noise. */
function conditionsAnew(run: PreparedRun, numFrames: number): Promise<ConditionedFrames | undefined> | undefined {
  const dims = run.model.latentDims(paddedFrameCount(run, numFrames), run.size);
  return run.family.condition?.(run, { numFrames, draw: () => run.noise.randn(dims) });
}

/** Draws the mask that the network is shown; undefined where it sees none. */
async function seenMask(
  { family, options, size }: PreparedRun<ContinuedOptions>,
  source: Video | undefined,
): Promise<MaskPainter | undefined> {
  if (!family.seesMask || !options.mask) return undefined;
  if (!source) throw captureErrors.needsSource();
  const mask = await PreparedMask.create(options.mask, source, options.signal);
  return mask.on({ ...size, fit: options.fit ?? 'cover' });
}

/**
 * The run's own options with the changes laid over them.
 *
 * @param prompted whether another prompt was given: it takes the place of a schedule of prompts.
 * @throws {FrameloomError} `FL_RERUN_RECORD` for those that no run could have had.
 */
function continuedOptions(
  record: Provenance,
  changes: DiffusionOptions,
  inherited: CapturePlan | undefined,
  prompted: boolean,
): ContinuedOptions {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...continuedSettings(record), ...(prompted && { promptTravel: undefined }), capture: inherited, ...given };
}

/** What guides the run's continuation: of another prompt, too, only what it says of the subject, or besides it, where the run edits that alone. */
function textOfGuidance(run: Run, { captions, advice }: PipelineModel, prompt: string): string {
  const { isolatedPrompt, surroundingsPrompt } = run.settings;
  const guidedBy = isolatedPrompt ?? surroundingsPrompt;
  if (typeof guidedBy !== 'string') return prompt;
  if (prompt === run.prompt) return guidedBy;
  return (isolatedPrompt === undefined ? besideSubject : aloneBefore)(captions, advice, prompt) ?? prompt;
}

/** What the run captured, as far as another prompt has the words for it. */
function inheritedCapture(plan: CapturePlan, model: PipelineModel, prompt: string): CapturePlan {
  const { attention, ...rest } = plan;
  if (attention === undefined || attention === true) return plan;
  const known = model.tokenizer.wordsOf(prompt).map(({ text }) => text.toLowerCase());
  const kept = attention.filter((word) =>
    word
      .toLowerCase()
      .split(/\s+/)
      .every((part) => known.includes(part)),
  );
  return kept.length > 0 ? { ...rest, attention: kept } : rest;
}

/** The record of the branch: its own settings, and the run and step it was branched off. */
function branchedProvenance(run: Run, parent: Provenance, prepared: PreparedRun, step: number, ownLatents: boolean): Provenance {
  const { source, ...of } = parent;
  return describeProvenance({
    version: prepared.model.libraryVersion,
    device: prepared.model.device,
    kind: parent.kind,
    model: parent.model,
    prompt: prepared.prompt,
    negativePrompt: prepared.options.negativePrompt,
    seed: parent.seed,
    source,
    settings: {
      ...parent.settings,
      promptTravel: undefined,
      ...recordedSettings(prepared),
      branchedFrom: { run: run.id, step, ...(ownLatents ? { ownLatents } : {}), provenance: of },
    },
  });
}

/** How far flicker was taken away; a record that says nothing that can be is one of a run that left it. */
function recordedDeflicker({ settings: { deflicker } }: Provenance): number {
  return deflicker !== undefined && deflickerDistance(deflicker, 'deflicker') === undefined ? (deflicker as number) : 0;
}

/** An edit keeps the sound of its source. */
function videoOf(frames: AsyncIterable<Frame>, { fps }: Run, source: Video | undefined, provenance: Provenance): Promise<Video> {
  const made = { fps, provenance, memoryLimit: RESULT_MEMORY };
  return source ? source.withFrames(frames, made) : Video.fromFrames(frames, made);
}
