import { flag, number, oneOf, type OptionCheck, text, wholeNumber } from '../core/index.js';

/** An option of an editing method, told once for the library, the command line and the documentation. */
export interface MethodOption<Value> {
  /** What it does, as half a sentence: `edit what the mask leaves out`. */
  readonly about: string;
  /** Its value where nobody says one. */
  readonly default: Value;
  /** Looks at a value that somebody says. */
  readonly check: OptionCheck;
  /** What follows it on a command line: nothing for what is true or false, a number, a text, or one of a few words. */
  readonly takes: 'nothing' | 'number' | 'text' | readonly string[];
}

/** The options of a method, one for each of its settings. */
export type MethodOptions<Settings> = { readonly [Name in keyof Settings]-?: MethodOption<Settings[Name]> };

/** An option that is true or false. */
export function flagOption(about: string, preset: boolean): MethodOption<boolean> {
  return { about, default: preset, check: flag, takes: 'nothing' };
}

/** A number from `min` to `max`. */
export function numberOption(about: string, min: number, max: number, preset: number): MethodOption<number> {
  return { about, default: preset, check: number(min, max), takes: 'number' };
}

/** A whole number from `min` to `max`. */
export function wholeNumberOption(about: string, min: number, max: number, preset: number): MethodOption<number> {
  return { about, default: preset, check: wholeNumber(min, max), takes: 'number' };
}

/** A text; undefined where nobody says one. */
export function textOption(about: string): MethodOption<string | undefined> {
  return { about, default: undefined, check: text, takes: 'text' };
}

/** One of a few words. */
export function choiceOption<Word extends string>(about: string, words: readonly Word[], preset: Word): MethodOption<Word> {
  return { about, default: preset, check: oneOf(...words), takes: words };
}
