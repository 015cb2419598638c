import { type OptionCheck, text } from '../core/index.js';
import { readJson } from './modelFiles.js';

/** How to edit: a method with its settings, by the names that `editVideo` has for them. */
export interface AdvisedEdit {
  /** Name of the editing method. */
  readonly method: string;
  /** How far from the source the edit may go, above 0 up to 1. */
  readonly strength: number;
  /** Other options of `editVideo` that go with it. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What does best for one kind of change. */
export interface EditingRule extends AdvisedEdit {
  /** Applies where the captions differ in nothing but these categories of the vocabulary, and in one of them at least. */
  readonly only?: readonly string[];
  /** Applies where they differ in one of these at least. */
  readonly any?: readonly string[];
  /** Of those categories, what the prompt says has to be among these values of the vocabulary; anything where undefined. */
  readonly to?: readonly string[];
  /** Whether the subject's outline does as the mask, where the model sees it. */
  readonly subjectMask: boolean;
  /** Where it is not seen: the category in which the source's caption is changed to find the subject by what differs. */
  readonly maskCategory?: string;
  /** Where it is seen: the categories of which alone the prompt's words guide the network, as for what is around a subject; all where undefined. */
  readonly guidedBy?: readonly string[];
}

/** What was measured on a model: which edit does best for which change. */
export interface EditingAdvice {
  /** The first that applies counts. */
  readonly rules: readonly EditingRule[];
  /** For changes that no rule names. */
  readonly otherwise: AdvisedEdit;
  /** For a source that was not understood, or shows what the prompt says already: keeps its things, places and most of its colours. */
  readonly careful: AdvisedEdit;
  /** Probability, 0…1, from which on what the prompt says is taken to be what the source shows, though something else is likelier. */
  readonly benefitOfDoubt: number;
  /** The background, by the vocabulary's name, before which a subject is edited alone; undefined where the model knows none. */
  readonly plainBackground?: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isShare = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= 1;
const isNames = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string'));

const isEdit = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.method === 'string' &&
  isShare(value.strength) &&
  (value.settings === undefined || isObject(value.settings));
const isRule = (value: unknown): boolean =>
  isEdit(value) &&
  isObject(value) &&
  isNames(value.only) &&
  isNames(value.any) &&
  isNames(value.to) &&
  (value.only === undefined) !== (value.any === undefined) &&
  (value.subject_mask === undefined || typeof value.subject_mask === 'boolean') &&
  isNames(value.guided_by) &&
  (value.mask_category === undefined || typeof value.mask_category === 'string');

const edit: OptionCheck = (value) =>
  isEdit(value) ? undefined : 'an object with method, strength (above 0, at most 1) and, if any, settings';

/** What `editing.json` holds. */
const adviceFields: Readonly<Record<string, OptionCheck>> = {
  rules: (value) =>
    Array.isArray(value) && value.length <= 1000 && value.every(isRule)
      ? undefined
      : 'a list of objects with either only or any (lists of categories), method, strength and, if any, to (a list of values), settings, subject_mask, mask_category and guided_by',
  otherwise: edit,
  careful: edit,
  plain_background: text,
  benefit_of_doubt: (value) => (isShare(value) ? undefined : 'a number above 0 and at most 1'),
};

/**
 * Reads `editing.json` of a model directory; undefined where there is none, or where it does not say what to do otherwise and when in doubt.
 *
 * @throws {FrameloomError} `FL_MODEL_JSON`, `FL_MODEL_FILE`.
 */
export async function loadEditingAdvice(directory: string): Promise<EditingAdvice | undefined> {
  const json = await readJson(directory, 'editing.json', adviceFields);
  if (!json?.otherwise || !json.careful) return undefined;
  const rules = (json.rules ?? []) as readonly Record<string, unknown>[];
  return {
    rules: rules.map((rule) => ({
      ...advised(rule),
      only: rule.only as string[] | undefined,
      any: rule.any as string[] | undefined,
      to: rule.to as string[] | undefined,
      subjectMask: rule.subject_mask === true,
      maskCategory: rule.mask_category as string | undefined,
      guidedBy: rule.guided_by as string[] | undefined,
    })),
    otherwise: advised(json.otherwise as Record<string, unknown>),
    careful: advised(json.careful as Record<string, unknown>),
    benefitOfDoubt: (json.benefit_of_doubt as number | undefined) ?? 1,
    plainBackground: json.plain_background as string | undefined,
  };
}

function advised({ method, strength, settings = {} }: Record<string, unknown>): AdvisedEdit {
  return { method: method as string, strength: strength as number, settings: settings as Record<string, unknown> };
}
