import { checkOptions } from '../core/index.js';
import type { ModelFamily } from '../diffusion/index.js';
import type { AdvisedEdit, CaptionVocabulary, EditingAdvice, EditingRule } from '../networks/index.js';
import type { EditingMethod, EditSettings } from './editingMethod.js';
import { editingErrors } from './errors.js';
import { allMethods, findMethod, settingChecks, settingsOf } from './findMethod.js';
import type { SettingsOfMethods } from './methods/index.js';
import type { PlannedOptions } from './options.js';

/** What an edit is made with; recorded in the result, so that the same edit can be made again. */
export interface EditPlan extends EditSettings, Partial<SettingsOfMethods> {
  /** Name of the editing method. */
  readonly method: string;
  /** What the two captions differ in, where that decided. */
  readonly changes?: readonly string[];
}

/**
 * The plan that the options spell out, with the methods' own defaults; for models of which nothing better is known, and for named methods.
 *
 * @param canInvert whether the run's scheduler can be run backwards; without it a source's caption alone does not choose DiffEdit.
 * @param family the model's, which may ask for a strength of its own, and in whose further channels the source is shown.
 */
export function planByOptions(options: PlannedOptions, canInvert: boolean, family?: ModelFamily): EditPlan {
  const usual = options.sourcePrompt === undefined || !canInvert || family?.startsFromNoise ? 'sdedit' : 'diffedit';
  const chosen = options.method ?? usual;
  const method = typeof chosen === 'string' ? findMethod(chosen) : chosen;
  return complete(method, family?.strength ?? method.strength, options, {});
}

/** What is known besides the two captions. */
export interface Circumstances {
  /** Whether the run's scheduler can be run backwards; without it no method that inverts the source is chosen. */
  canInvert: boolean;
  /** Whether the run captures its steps, which methods with a loop of their own cannot. */
  needsDenoise: boolean;
  /** Whether the model can tell where the subject is. */
  seesSubject: boolean;
  /** Whether the source's caption may be wrong: then nothing is redrawn by much. */
  inDoubt: boolean;
  /** Whether the prompt weighs its words, which another text would lose. */
  isWeighted: boolean;
}

/**
 * The plan that fits what the prompt changes.
 *
 * @param advice what was measured on the model.
 * @param source the source's caption, as given or read.
 */
export function planByCaptions(
  vocabulary: CaptionVocabulary,
  advice: EditingAdvice,
  source: string,
  prompt: string,
  options: PlannedOptions,
  { canInvert, needsDenoise, seesSubject, inDoubt, isWeighted }: Circumstances,
): EditPlan {
  const changes = differences(vocabulary, source, prompt);
  const { parts } = vocabulary.read(prompt);
  const to = changes.flatMap((category) => parts.get(category)?.value ?? []);
  const can = (rule: EditingRule) => {
    const { invertsSource, replaysNoise, ownLoop } = findMethod(rule.method);
    return !(ownLoop && needsDenoise) && (canInvert || !(invertsSource || replaysNoise) || rule.settings.noised === true);
  };
  const rule = advice.rules.find((each) => applies(each, changes, to) && can(each));
  const fitting = rule ?? (canInvert && changes.length === 0 ? advice.careful : advice.otherwise);
  const careful = inDoubt && (!findMethod(fitting.method).keepsSource || !seesSubject);
  const advised: AdvisedEdit = careful ? { ...advice.careful, strength: Math.min(fitting.strength, advice.careful.strength) } : fitting;
  const bySubject = !careful && rule?.subjectMask && seesSubject && options.maskPrompt === undefined && options.maskBy === undefined;
  const maskPrompt =
    rule?.maskCategory !== undefined && !seesSubject ? withAnother(vocabulary, rule.maskCategory, source, prompt) : undefined;
  const settings = { maskPrompt, ...advised.settings, ...(bySubject ? { maskBy: 'subject' } : {}) };
  const plan = { ...complete(findMethod(advised.method), advised.strength, { ...options, sourcePrompt: source }, settings), changes };
  const surrounds = bySubject && rule?.guidedBy && !isWeighted && !options.mask && plan.surroundingsPrompt === undefined;
  const surroundingsPrompt = (surrounds ? vocabulary.only(prompt, rule.guidedBy) : plan.surroundingsPrompt) || undefined;
  if (surroundingsPrompt !== plan.surroundingsPrompt) return { ...plan, surroundingsPrompt };
  if (plan.isolatedPrompt !== undefined) return { ...plan, isolatedPrompt: plan.isolatedPrompt || undefined };
  const isolates = plan.maskBy === 'subject' && plan.keepShapes && plan.noised && !plan.invertMask && !isWeighted;
  return isolates ? { ...plan, isolatedPrompt: aloneBefore(vocabulary, advice, prompt) } : plan;
}

/** What a prompt says of its subject alone, before a plain background; undefined where the model knows no such background. */
export function aloneBefore(
  vocabulary: CaptionVocabulary | undefined,
  advice: EditingAdvice | undefined,
  prompt: string,
): string | undefined {
  const plain = advice?.plainBackground;
  return plain !== undefined && vocabulary?.values.background?.[plain] ? vocabulary.with(prompt, 'background', plain) : undefined;
}

/** What a prompt says besides its subject, as the first rule has it that is guided by that alone; undefined where none is, or the prompt says nothing of it. */
export function besideSubject(
  vocabulary: CaptionVocabulary | undefined,
  advice: EditingAdvice | undefined,
  prompt: string,
): string | undefined {
  const categories = advice?.rules.find(({ guidedBy }) => guidedBy)?.guidedBy;
  return (categories && vocabulary?.only(prompt, categories)) || undefined;
}

/** Whether a method's edit may give its colours alone: where it says which pixels it changed, changed all, or laid something over them, and no captured step would have to go on without them. */
export function canKeepShapes({ keepsSource, ownLoop, laysOver }: EditingMethod): boolean {
  return keepsSource === true || ownLoop === true || laysOver === true;
}

/** @throws {FrameloomError} `FL_MODEL_FILE` for advice that names methods or settings that there are not. */
export function checkAdvice(model: string, { rules, otherwise, careful }: EditingAdvice): void {
  for (const { method, settings } of [...rules, otherwise, careful]) {
    const found = allMethods.find(({ name }) => name === method);
    if (!found)
      throw editingErrors.advice(
        model,
        `it names the editing method ${JSON.stringify(method.slice(0, 80))}, which this Frameloom does not have`,
      );
    const known = { keepPixels: () => undefined, keepShapes: () => undefined, ...settingChecks(found) };
    try {
      checkOptions<object>(method, settings, known);
    } catch (cause) {
      throw editingErrors.advice(model, (cause as Error).message.replace(/\.$/, ''));
    }
  }
}

/** Categories in which the prompt says something else than the source's caption; `other` for words without a category. */
export function differences(vocabulary: CaptionVocabulary, source: string, prompt: string): string[] {
  const before = vocabulary.read(source);
  const after = vocabulary.read(prompt);
  const changed = [...after.parts.values()]
    .filter(({ category, value }) => before.parts.get(category)?.value !== value)
    .map(({ category }) => category);
  return after.otherWords.some((word) => !before.otherWords.includes(word)) ? [...changed, 'other'] : changed;
}

/** @param to what the prompt says of the changed categories. */
function applies({ only, any, to: wanted }: EditingRule, changes: readonly string[], to: readonly string[]): boolean {
  if (wanted && !to.some((value) => wanted.includes(value))) return false;
  if (only) return changes.length > 0 && changes.every((category) => only.includes(category));
  return any!.some((category) => changes.includes(category));
}

/** The source's caption with its subject in another way: in a colour that neither it nor the prompt names. */
function withAnother(vocabulary: CaptionVocabulary, category: string, source: string, prompt: string): string | undefined {
  const values = Object.keys(vocabulary.values[category] ?? {});
  const value = values.find((name) => ![source, prompt].some((caption) => caption.toLowerCase().includes(name)));
  return value && vocabulary.read(source).parts.has('subject') ? vocabulary.with(source, category, value) : undefined;
}

/** What was decided, except where the options say otherwise. */
function complete(method: EditingMethod, strength: number, options: PlannedOptions, decided: Readonly<Record<string, unknown>>): EditPlan {
  return {
    method: method.name,
    strength: options.strength ?? strength,
    sourcePrompt: options.sourcePrompt,
    ...settingsOf(method, options, decided),
    keepPixels: options.keepPixels ?? method.keepsSource ?? false,
    keepShapes: canKeepShapes(method) && (options.keepShapes ?? decided.keepShapes === true),
  };
}
