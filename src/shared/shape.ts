/**
 * Checks of what arrives over a wire: small functions that say what is wrong with a value, or nothing.
 *
 * Both ends are ours, but one of them runs a person's code or shows a saved document, so nothing that arrives is
 * believed before it was looked at.
 */

/** Says what is wrong with `value` as a phrase ("code must be a string"), or `undefined` when it is well-formed. */
export type Shape = (value: unknown, path: string) => string | undefined;

const ofType = (type: string): Shape => (value, path) => (typeof value === type ? undefined : `${path} must be a ${type}`);

/** Any string. */
export const aString: Shape = ofType('string');
/** True or false. */
export const aBoolean: Shape = ofType('boolean');
/** Any finite number. */
export const aNumber: Shape = (value, path) => (Number.isFinite(value) ? undefined : `${path} must be a finite number`);
/** A whole number from zero up. */
export const aCount: Shape = (value, path) => (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${path} must be a whole number ≥ 0`);
/** A whole number of a range, both ends included. */
export const wholeFrom = (min: number, max: number): Shape => (value, path) =>
  numberFrom(min, max)(value, path) ?? (Number.isInteger(value) ? undefined : `${path} must be a whole number`);
/** A number of a range, both ends included. */
export const numberFrom = (min: number, max: number): Shape => (value, path) =>
  typeof value === 'number' && value >= min && value <= max ? undefined : `${path} must be from ${min} to ${max}`;
/** Bytes: a `Uint8Array` or Node's `Buffer`. */
export const bytes: Shape = (value, path) => (value instanceof Uint8Array ? undefined : `${path} must be bytes`);
/** Anything at all. */
export const anything: Shape = () => undefined;
/** Nothing: a message without contents. */
export const nothing: Shape = (value, path) => (value === undefined || value === null ? undefined : `${path} must be empty`);

/** The value may be left out. */
export const optional = (shape: Shape): Shape => (value, path) => (value === undefined ? undefined : shape(value, path));

/** One of a few fixed strings. */
export const oneOf = (...words: readonly string[]): Shape => (value, path) =>
  typeof value === 'string' && words.includes(value) ? undefined : `${path} must be one of ${words.join(', ')}`;

/** An array whose every element has one shape, with so many elements at most. */
export const listOf = (shape: Shape, most = Infinity): Shape => (value, path) => {
  if (!Array.isArray(value)) return `${path} must be a list`;
  if (value.length > most) return `${path} must have at most ${most} entries`;
  for (let i = 0; i < value.length; i++) {
    const problem = shape(value[i], `${path}[${i}]`);
    if (problem) return problem;
  }
  return undefined;
};

/** A plain object with at least these properties; others are let through unseen. */
export const record = (properties: Readonly<Record<string, Shape>>): Shape => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
  for (const [name, shape] of Object.entries(properties)) {
    const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const problem = shape(own, `${path}.${name}`);
    if (problem) return problem;
  }
  return undefined;
};

/** An object of any property names, so many at most, whose values have one shape. */
export const mapOf = (shape: Shape, most = Infinity): Shape => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
  const entries = Object.entries(value);
  if (entries.length > most) return `${path} must have at most ${most} entries`;
  for (const [name, item] of entries) {
    const problem = shape(item, `${path}[${JSON.stringify(name)}]`);
    if (problem) return problem;
  }
  return undefined;
};

/** Whether lists and objects are nested in each other more than so many levels deep; looks no deeper than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(part, levels - 1));
}
