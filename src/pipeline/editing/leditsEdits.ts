import type { OptionCheck } from '../core/index.js';
import type { MethodOption } from './methodOption.js';

/** One of the edits that LEDITS++ makes at once. */
export interface LeditsEdit {
  /** What comes or goes: a thing, a look, a place. */
  readonly prompt: string;
  /** How strongly, above 0; 5 by default. */
  readonly weight?: number;
  /** Lead away from it; false by default. */
  readonly remove?: boolean;
  /** Share of each frame that it leaves as it is, 0 up to below 1: those places where it would change least; .9 by default. */
  readonly threshold?: number;
  /** Steps of the run that pass before it begins; 0 by default. */
  readonly warmupSteps?: number;
  /** The step, counted from 0, from which on it is left out; none by default. */
  readonly cooldownSteps?: number;
}

const numbers: Readonly<Record<string, (value: number) => boolean>> = {
  weight: (value) => value > 0 && value <= 1000,
  threshold: (value) => value >= 0 && value < 1,
  warmupSteps: (value) => Number.isInteger(value) && value >= 0,
  cooldownSteps: (value) => Number.isInteger(value) && value >= 0,
};

/** The edits that a text lists, in the way of the command line; undefined where it cannot be read. */
export function parseLeditsEdits(text: string): LeditsEdit[] | undefined {
  const edits = text.split(';').map((part) => /^(-?)\s*([^-\s:@][^:@]*)(?::([\d.]+))?(?:@([\d.]+))?$/.exec(part.trim()));
  if (edits.some((match) => match === null)) return undefined;
  return edits.map((match) => {
    const [, minus, prompt, weight, threshold] = match!;
    return {
      prompt: prompt!.trim(),
      ...(minus ? { remove: true } : {}),
      ...(weight === undefined ? {} : { weight: Number(weight) }),
      ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
    };
  });
}

const wanted =
  'a list of edits { prompt, weight above 0, remove, threshold from 0 to below 1, warmupSteps, cooldownSteps }, or a text such as "snow:6; -car:4@0.8"';

const check: OptionCheck = (value) => {
  const edits: unknown = typeof value === 'string' ? parseLeditsEdits(value) : value;
  return Array.isArray(edits) && edits.length > 0 && edits.every(isEdit) ? undefined : wanted;
};

function isEdit(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    Object.entries(value).every(([key, part]: [string, unknown]) => {
      if (part === undefined) return key !== 'prompt';
      if (key === 'prompt') return typeof part === 'string' && part.trim() !== '';
      if (key === 'remove') return typeof part === 'boolean';
      return Object.hasOwn(numbers, key) && typeof part === 'number' && numbers[key]!(part);
    }) && 'prompt' in value
  );
}

/** The option that lists edits; undefined where nobody says any. */
export function leditsEditsOption(about: string): MethodOption<readonly LeditsEdit[] | string | undefined> {
  return { about, default: undefined, check, takes: 'text' };
}
