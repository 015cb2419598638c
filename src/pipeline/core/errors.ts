import { withoutControls } from './controlCodes.js';

/**
 * Every error that Frameloom raises on purpose.
 *
 * The message is for a person: what was wrong, where, and what to do next. `code` is for
 * programs and never changes once published (`FL_VIDEO_NOT_FOUND`, `FL_MODEL_TENSOR`, …).
 */
export class FrameloomError extends Error {
  /** A stable identifier of the kind of failure, `FL_` followed by the area and the reason. */
  readonly code: string;

  /**
   * @param message control codes in it are spelt out: it may hold texts out of a stranger's file.
   * @param options `cause`: the error that led to this one.
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(withoutControls(message), options);
    this.name = 'FrameloomError';
    this.code = code;
  }
}

/** Raised when the caller's `AbortSignal` fired: the work ended between two steps and left nothing behind. */
export class AbortError extends FrameloomError {
  /** @param what what was interrupted, as the start of a sentence: "Editing the video". */
  constructor(what: string, options?: ErrorOptions) {
    super('FL_ABORTED', `${what} was interrupted.`, options);
    this.name = 'AbortError';
  }
}

/** An argument that cannot be used: says its name, the value given and what would be accepted. */
export class ArgumentError extends FrameloomError {
  /** Its name, as the function that takes it has it. */
  readonly argument: string;

  /** @param message a sentence of its own, where "is …, but it must be …" does not fit. */
  constructor(argument: string, given: unknown, wanted: string, message = `${argument} is ${describe(given)}, but it must be ${wanted}.`) {
    super('FL_ARGUMENT', message);
    this.name = 'ArgumentError';
    this.argument = argument;
  }
}

/** @throws {ArgumentError} unless `value` is a number (a whole one, where asked) from `min` to `max`. */
export function requireNumber(name: string, value: number, min: number, max: number, whole = false): void {
  if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new ArgumentError(name, value, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  }
}

/**
 * Throws an {@link AbortError} when `signal` has fired.
 *
 * @param what what is being interrupted, as the start of a sentence ("Editing the video").
 */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new AbortError(what, { cause: signal.reason });
}

/** Characters of a value that a message shows. */
const MOST_SHOWN = 200;

/** Levels of lists within lists that a message shows. */
const LISTS_SHOWN = 3;

/** A value in a few words, whatever it is: it may come out of a stranger's file, hold itself, or throw when it is looked at. */
function describe(value: unknown): string {
  try {
    return told(value, LISTS_SHOWN);
  } catch {
    return 'a value that cannot be read';
  }
}

function told(value: unknown, levels: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (Array.isArray(value)) {
    if (levels === 0) return '[…]';
    return `[${value
      .slice(0, 8)
      .map((part) => told(part, levels - 1))
      .join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (typeof value === 'function') return `the function ${cut(String(value.name)) || '() => …'}`;
  if (value instanceof Promise) return 'a promise (await it)';
  if (typeof value === 'object' && value !== null) {
    const owner = Object.getPrototypeOf(value) as object | null;
    // Objects of a stranger's JSON have what they like under the name of toString.
    if (owner === Object.prototype) return 'an object';
    if (!Object.hasOwn(owner ?? {}, 'toString')) return `an object of ${cut(String(value.constructor?.name ?? 'no class'))}`;
  }
  return cut(String(value));
}

function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
