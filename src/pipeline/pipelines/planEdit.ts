import { ArgumentError, type Frame } from '../core/index.js';
import { type ContextPlan, notice, type Pieces, type PreparedRun, requireLoop, stageText } from '../diffusion/index.js';
import {
  canInvert,
  canKeepShapes,
  checkAdvice,
  type EditingMethod,
  type EditPlan,
  type EditVideoOptions,
  type PlannedOptions,
  foreignOptions,
  planByCaptions,
  planByOptions,
  readSource,
  type SourceReading,
} from '../editing/index.js';
import { type LatentDiffusionNetworks, parsePromptWeights } from '../networks/index.js';
import type { Video } from '../video/index.js';
import { readFrames } from './readFrames.js';

/** A plan, and the first frames of the clip where they were looked at for it. */
export interface PlannedEdit {
  plan: EditPlan;
  /** Those of the first window, or none. */
  seen: readonly Frame[];
}

/** What the options say, or what fits the prompt best: by the source's caption, which the model reads where nobody gives it. */
export async function planEdit(run: PreparedRun<PlannedOptions>, scaled: Video): Promise<PlannedEdit> {
  const { model, options } = run;
  const prompt = parsePromptWeights(run.prompt)
    .map(({ text }) => text)
    .join('');
  const isWeighted = prompt !== run.prompt;
  const { method, sourcePrompt } = options;
  const vocabulary = model.captions;
  const { advice } = model;
  if (advice) checkAdvice(model.name, advice);
  const scheduler = run.newScheduler();
  const inverts = run.family.runsBackwards && canInvert(scheduler);
  if (method !== undefined || !vocabulary || !advice || vocabulary.read(prompt).parts.size === 0) {
    if (method === undefined && sourcePrompt !== undefined && !inverts && run.family.runsBackwards)
      notice(
        options,
        `${scheduler.className} cannot be run backwards, as DiffEdit needs; the whole picture is edited by sdedit instead. Leave the scheduler out to have DiffEdit.`,
      );
    return { plan: planByOptions(options, inverts, run.family), seen: [] };
  }
  tellOfOtherWords(model, options, vocabulary.read(prompt).otherWords);
  const needsDenoise = Boolean(options.capture);
  const { interrogator } = model;
  if (!interrogator) {
    const unseen = { canInvert: inverts, needsDenoise, seesSubject: false, inDoubt: false, isWeighted };
    const plan =
      sourcePrompt === undefined
        ? planByOptions(options, inverts, run.family)
        : planByCaptions(vocabulary, advice, sourcePrompt, prompt, options, unseen);
    return { plan, seen: [] };
  }
  const seen = await firstWindow(run, scaled);
  const reading = await readSource(interrogator, vocabulary, seen, prompt, advice.benefitOfDoubt);
  const known = reading.known >= interrogator.knownFrom;
  const believed = sourcePrompt !== undefined || (known && reading.confidence >= interrogator.believedFrom);
  const plan = planByCaptions(vocabulary, advice, sourcePrompt ?? reading.caption, prompt, options, {
    canInvert: inverts,
    needsDenoise,
    seesSubject: known,
    inDoubt: !believed,
    isWeighted,
  });
  tellOfReading(model.name, options, plan, reading, { known, believed });
  return { plan, seen };
}

/** The frames of a clip's first window, for a look at what it shows. */
async function firstWindow(run: PreparedRun<PlannedOptions>, scaled: Video): Promise<Frame[]> {
  const { options } = run;
  const end = run.context?.frames ?? windowFrames(options, scaled, run.model, undefined);
  const tell = (stage: 'frames' | 'read', pieces?: Pieces): void => {
    const progress = { stage, step: 0, steps: run.numInferenceSteps };
    options.onProgress?.({ ...progress, text: stageText(progress, pieces), window: 1 });
  };
  const frames: Frame[] = [];
  const reading = readFrames(
    scaled.frames({ end, signal: options.signal }),
    Math.min(end, scaled.frameCount ?? end),
    (pieces) => tell('frames', pieces),
    run.watch,
  );
  for await (const frame of reading) frames.push(frame);
  tell('read');
  await run.watch?.understanding();
  return frames;
}

/** Says which words the model knows, but not where they stand; of those that it does not know at all is said elsewhere. */
function tellOfOtherWords({ name, tokenizer }: PreparedRun['model'], options: PlannedOptions, otherWords: readonly string[]): void {
  const [known] = otherWords.filter((word) => tokenizer.vocabulary.includes(word));
  if (known !== undefined)
    notice(
      options,
      `What ${JSON.stringify(known)} is to say where it stands is not among what ${name} knows: it may change nothing, or something else. frameloom models show ${name} prints what it knows.`,
    );
}

/** Says what the source was taken for, and how far that is to be trusted. */
function tellOfReading(
  name: string,
  options: PlannedOptions,
  plan: EditPlan,
  reading: SourceReading,
  { known, believed }: { known: boolean; believed: boolean },
): void {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  if (!known)
    notice(
      options,
      `This is not the kind of clip that ${name} was trained on (${percent(reading.known)} like one): do not expect much of it. See the model's card for what it knows, or take a model that was trained on footage.`,
    );
  if (options.sourcePrompt !== undefined) return;
  const changing = `changing ${plan.changes?.length ? plan.changes.join(' and ') : 'nothing that can be named'}, by ${plan.method} with strength ${plan.strength}${towards(plan)}`;
  const seen = [...reading.seen]
    .map(([category, value]) => (value === '' ? `no particular ${category}` : `${category} "${value}"`))
    .join(', ');
  if (seen === '') notice(options, `Nothing that the prompt names can be read in the source; ${changing}.`);
  else if (believed) notice(options, `The source reads as ${seen}; ${changing}.`);
  else if (known)
    notice(
      options,
      `The source may read as ${seen}, but that is not sure (${percent(reading.confidence)}); ${changing}. Say what it shows as sourcePrompt (--source-prompt) for a better edit.`,
    );
  else
    notice(
      options,
      `So that little is lost, the edit stays close to the source: ${plan.method} with strength ${plan.strength}. Another strength or a sourcePrompt says otherwise.`,
    );
}

/** What guides the edit, where that is not the prompt. */
function towards({ isolatedPrompt, surroundingsPrompt }: EditPlan): string {
  if (isolatedPrompt !== undefined) return ', the subject alone before plain gray';
  return surroundingsPrompt === undefined ? '' : `, what is around the subject towards ${JSON.stringify(surroundingsPrompt)}`;
}

/**
 * Says which of the given options the chosen method does not have; where the caller named the method, its own options were refused before, and only
 * those that need a mask may say nothing.
 */
export function tellOfIgnored(options: PlannedOptions, method: EditingMethod, given: EditVideoOptions): void {
  const says = { keepShapes: canKeepShapes(method), keepPixels: method.keepsSource === true || given.mask !== undefined };
  const useless = (['keepShapes', 'keepPixels'] as const).filter((name) => given[name] === true && !says[name]);
  if (useless.length > 0 && typeof given.method !== 'object')
    notice(
      options,
      `"${method.name}" changes the whole picture, where ${useless.map((name) => `"${name}"`).join(' and ')} say${useless.length === 1 ? 's' : ''} nothing; give a mask with keepPixels, or the method "diffedit", which finds one.`,
    );
  const ignored = given.method === undefined ? foreignOptions(method, given) : [];
  if (ignored.length > 0)
    notice(
      options,
      `"${method.name}" fits this change and has no ${ignored.map((name) => `"${name}"`).join(', ')}; name another method to have ${ignored.length === 1 ? 'it' : 'them'} used.`,
    );
}

/** Frames that are worked on together: with a context all of the clip, unless fewer are asked for. @throws {ArgumentError} for more than the model takes. */
export function windowFrames(
  { windowFrames: frames }: PlannedOptions,
  clip: Video,
  model: LatentDiffusionNetworks,
  context: ContextPlan | undefined,
): number {
  if (context) {
    const all = clip.frameCount;
    if (frames === undefined && all === undefined)
      throw new ArgumentError('windowFrames', frames, 'a number of frames with contextSchedule, since how many the clip has is not known');
    requireLoop(model, context, all ?? Infinity, frames ?? all!);
    return Math.min(frames ?? Infinity, Math.max(all ?? Infinity, context.frames));
  }
  if (frames === undefined) {
    const { frameCount = Infinity } = clip;
    return frameCount > model.recommended.maxFrames ? model.windowFrames : Math.max(frameCount, model.windowFrames);
  }
  model.paddedFrameCount(frames, 'windowFrames');
  model.requireFrameCount(frames, 'windowFrames');
  return frames;
}
