import { captureErrors, recorded, type CapturedPoint, type MadeVideo, type ResumeOptions, type Run } from '../capture/index.js';
import { type CapturePlan, type DiffusionOptions, type PreparedRun, requireShownClips } from '../diffusion/index.js';
import { type AfterEdit, afterEdit, aloneBefore, type EditVideoOptions } from '../editing/index.js';
import { throwIfAborted, type Frame } from '../core/index.js';
import { recordedScheduler, type RecordedScheduler } from '../schedulers/index.js';
import { describeProvenance, type Provenance, Video } from '../video/index.js';
import { withAmbient } from './ambientOptions.js';
import { decodeWindows, type LatentWindow } from './decodeWindows.js';
import { guideBy, type PipelineModel, prepareRun, recordedSettings, withRecorder } from './prepare.js';
import { requireMemory } from './requireMemory.js';
import { ResumePoint } from './resumePoint.js';

/** Bytes of frames kept in memory; longer results go to a temporary file. */
const RESULT_MEMORY = 8 << 20;

/** Goes on from a captured step; {@link RunPoint.resume} is its face. */
export async function resumeRun(model: PipelineModel, { run, parts, step }: CapturedPoint, given: ResumeOptions): Promise<MadeVideo> {
  const { record, source } = parts;
  if (model.name !== record.provenance.model) throw captureErrors.otherModel(record.provenance.model, model.name);
  const { prompt = run.prompt, latents, ...changes } = given;
  const guidedBy = textOfGuidance(run, model, prompt);
  requireShownClips(run.settings.shownClips, changes);
  const options = withAmbient(continuedOptions(run, changes, inheritedCapture(record.capture, model, guidedBy)), model);
  const [first] = record.windows;
  requireMemory(model, options, { width: record.width, height: record.height, frames: first!.end - first!.start }, undefined);
  const prepared = await withRecorder(
    await guideBy(
      await prepareRun(model, prompt, options, { width: record.width, height: record.height }, record.provenance.kind === 'edited'),
      guidedBy,
    ),
  );
  if (prepared.family.drawsWhatItShows) throw captureErrors.drawnAnew(model.name);
  const point = new ResumePoint(parts, prepared, step, latents);
  const { remaining } = point;
  await prepared.observer?.reserve({
    frames: first!.end - first!.start,
    steps: remaining,
    windows: record.windows.length,
    doneSteps: step,
    keepsSource: point.keepsSource,
  });
  prepared.progress.expect(step + remaining, record.windows.length, 0, prepared.newScheduler().order);
  const provenance = branchedProvenance(run, record.provenance, prepared, step, latents !== undefined);

  return recorded(prepared.observer, { model, provenance, source, branch: { run: run.id, step } }, () => {
    const after = point.keepsSource ? afterEdit(record.provenance.settings) : undefined;
    const decoded = decodeWindows(prepared, continuedWindows(prepared, point, after));
    return videoOf(after?.finish(decoded) ?? decoded, run, source, provenance);
  });
}

/** Denoises window after window to the end. */
async function* continuedWindows(run: PreparedRun, point: ResumePoint, after: AfterEdit | undefined): AsyncGenerator<LatentWindow> {
  const { model, options, stopwatch, progress } = run;
  for (const [index, { start, end }] of point.windows.entries()) {
    throwIfAborted(options.signal, 'Going on with the run');
    progress.beginWindow();
    if (run.family.startsFromNoise || run.controls.some(({ clip }) => clip === undefined))
      run.show({ frames: { start, end }, pictures: await point.sourceFrames(index) });
    const from = await point.restore(index);
    const latents = await run.denoise({ ...from, frames: { start, end } });
    if (after && from.keep?.area) {
      const clean = from.keep.outside.at(-1)!.slice(0, end - start);
      const source = await point.sourceFrames(index);
      after.add(
        start,
        source,
        after.comparesRoundTrip ? await stopwatch.measure('vaeDecode', () => model.vae.decode(clean)) : source,
        from.keep.area,
      );
    }
    yield { start, end, latents, nextStart: point.windows[index + 1]?.start };
  }
}

/** The run's own options with the changes laid over them. */
function continuedOptions(
  run: Run,
  changes: DiffusionOptions,
  inherited: CapturePlan | undefined,
): DiffusionOptions & Pick<EditVideoOptions, 'fit'> {
  const settings = run.settings as Required<Omit<DiffusionOptions, 'scheduler'>> &
    Pick<EditVideoOptions, 'fit'> & { scheduler: RecordedScheduler };
  const { numInferenceSteps, guidanceScale, guidanceRescale, eta, sharedNoise, scheduler, loraWeights } = settings;
  const { imageGuidanceScale, conditioningScale, controlEdges, controlnetConditioningScale, controlGuidanceStart, controlGuidanceEnd } =
    settings;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return {
    negativePrompt: run.negativePrompt,
    numInferenceSteps,
    guidanceScale,
    guidanceRescale,
    eta,
    sharedNoise,
    loraWeights,
    fit: settings.fit,
    imageGuidanceScale,
    conditioningScale,
    controlEdges,
    controlnetConditioningScale,
    controlGuidanceStart,
    controlGuidanceEnd,
    seed: run.seed,
    capture: inherited,
    scheduler: recordedScheduler(scheduler),
    ...given,
  };
}

/** What guides the run's continuation: of another prompt, too, only what it says of the subject, where the run edits that alone. */
function textOfGuidance(run: Run, model: PipelineModel, prompt: string): string {
  const { isolatedPrompt } = run.settings;
  if (typeof isolatedPrompt !== 'string') return prompt;
  return prompt === run.prompt ? isolatedPrompt : (aloneBefore(model.captions, model.advice, prompt) ?? prompt);
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
      ...recordedSettings(prepared),
      branchedFrom: { run: run.id, step, ...(ownLatents ? { ownLatents } : {}), provenance: of },
    },
  });
}

/** An edit keeps the sound of its source. */
function videoOf(frames: AsyncIterable<Frame>, { fps }: Run, source: Video | undefined, provenance: Provenance): Promise<Video> {
  const made = { fps, provenance, memoryLimit: RESULT_MEMORY };
  return source ? source.withFrames(frames, made) : Video.fromFrames(frames, made);
}
