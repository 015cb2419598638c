import { ArgumentError } from './errors.js';
import { suggestion } from './nearestNames.js';

/** Looks at an option's value; returns what it must be instead, or undefined when it is fine. May throw an error of its own. */
export type OptionCheck = (value: unknown, name: string) => string | undefined;

/** A check for every option that `T` has; the compiler sees to it that none is left out and none made up. */
export type OptionChecks<T> = { readonly [K in keyof Required<T>]: OptionCheck };

/**
 * Checks the options that a caller gave: only names that the function has, and values that it can use.
 *
 * @param call the function, as it stands in the message.
 * @throws {ArgumentError} `FL_ARGUMENT` naming the option, with the nearest name for one that does not exist.
 */
export function checkOptions<T>(call: string, given: T, checks: OptionChecks<T>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ArgumentError(`The last argument of ${call}`, given, 'an object with options');
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) {
      throw new ArgumentError(
        name,
        value,
        'left out',
        `${call} has no option "${name}". ${suggestion(name, Object.keys(checks), 'Its options')}`,
      );
    }
    if (value === undefined) continue;
    const wanted = checks[name as keyof T](value, name);
    if (wanted !== undefined) throw new ArgumentError(name, value, wanted);
  }
}

/** A value that is looked at elsewhere. */
export const anything: OptionCheck = () => undefined;
/** A string. */
export const text: OptionCheck = (value) => (typeof value === 'string' ? undefined : 'text');
/** The path of a file or folder. */
export const place: OptionCheck = (value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'the path of a file or folder';
/** True or false. */
export const flag: OptionCheck = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
/** A callback. */
export const callback: OptionCheck = (value) => (typeof value === 'function' ? undefined : 'a function');
/** What ends a call early. */
export const abortSignal: OptionCheck = (value) =>
  typeof (value as AbortSignal | null)?.aborted === 'boolean' ? undefined : "an AbortSignal: an AbortController's signal";
/** Bytes, 0 or more. */
export const bytes: OptionCheck = (value) => (typeof value === 'number' && value >= 0 ? undefined : 'a number of bytes, 0 or more');

/** A number from `min` to `max`. */
export function number(min: number, max: number): OptionCheck {
  return (value) => (typeof value === 'number' && value >= min && value <= max ? undefined : `a number from ${min} to ${max}`);
}

/** A whole number from `min` to `max`. @param remark what else is to be said. */
export function wholeNumber(min: number, max: number, remark = ''): OptionCheck {
  const top = max === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : String(max);
  return (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `a whole number from ${min} to ${top}${remark}`;
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  return (value) => (words.includes(value as string) ? undefined : words.map((word) => `"${word}"`).join(words.length > 2 ? ', ' : ' or '));
}

/** An object of a class. @param wanted how to come by one. */
export function instanceOf(type: abstract new (...args: never[]) => unknown, wanted: string): OptionCheck {
  return (value) => (value instanceof type ? undefined : wanted);
}
