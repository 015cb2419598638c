/**
 * Shapes: each says once what a message is, for the compiler ({@link TypeOf}) and for whoever receives it (the check).
 *
 * Both ends of every wire are ours, but one of them runs a person's code or shows a saved document, so nothing that
 * arrives is believed before it was looked at.
 */

declare const held: unique symbol;

/** Checks a value, and carries its type: `TypeOf<typeof shape>` is what a value is that passed. */
export interface Shape<T = unknown> {
  /** Says what is wrong with `value` as a phrase ("code must be a string"), or `undefined` when it is well-formed. */
  (value: unknown, path: string): string | undefined;
  /** For the compiler alone: it is never there. */
  readonly [held]?: T;
}

/** What a value is that passes a shape's check. */
export type TypeOf<S extends Shape> = S extends Shape<infer T> ? T : never;

/** The shape of a property that may be left out. */
export interface OptionalShape<T = unknown> extends Shape<T | undefined> {
  /** Tells {@link record} that the property may be missing. */
  readonly mayBeMissing: true;
}

/** Properties of an object by name, each with its shape. */
export type Properties = Readonly<Record<string, Shape>>;

/** Shows a type as the object that it is. */
type Flat<T> = { [K in keyof T]: T[K] };

/** An object with these properties, all of them readonly. */
export type RecordOf<P extends Properties> = Flat<
  { readonly [K in keyof P as P[K] extends OptionalShape ? never : K]: TypeOf<P[K]> } & {
    readonly [K in keyof P as P[K] extends OptionalShape ? K : never]?: Exclude<TypeOf<P[K]>, undefined>;
  }
>;

const ofType =
  <T>(type: string): Shape<T> =>
  (value, path) =>
    typeof value === type ? undefined : `${path} must be a ${type}`;

/** Any string. */
export const aString = ofType<string>('string');
/** True or false. */
export const aBoolean = ofType<boolean>('boolean');
/** Any finite number. */
export const aNumber: Shape<number> = (value, path) => (Number.isFinite(value) ? undefined : `${path} must be a finite number`);
/** A whole number from zero up. */
export const aCount: Shape<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${path} must be a whole number ≥ 0`;
/** A number of a range, both ends included. */
export const numberFrom =
  (min: number, max: number): Shape<number> =>
  (value, path) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `${path} must be from ${min} to ${max}`;
/** A whole number of a range, both ends included. */
export const wholeFrom =
  (min: number, max: number): Shape<number> =>
  (value, path) =>
    numberFrom(min, max)(value, path) ?? (Number.isInteger(value) ? undefined : `${path} must be a whole number`);
/** Bytes: a `Uint8Array` or Node's `Buffer`. */
export const bytes: Shape<Uint8Array> = (value, path) => (value instanceof Uint8Array ? undefined : `${path} must be bytes`);
/** Anything at all. */
export const anything: Shape = () => undefined;
/** Nothing: a message without contents. */
export const nothing: Shape<null | undefined | void> = (value, path) =>
  value === undefined || value === null ? undefined : `${path} must be empty`;

/** The value may be left out. */
export const optional = <T>(shape: Shape<T>): OptionalShape<T> =>
  Object.assign((value: unknown, path: string) => (value === undefined ? undefined : shape(value, path)), { mayBeMissing: true as const });

/** The value may be null: JSON has no NaN and no infinity, and writes them so. */
export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, path) =>
    value === null ? undefined : shape(value, path);

/** One of a few fixed strings. */
export const oneOf =
  <const W extends readonly string[]>(...words: W): Shape<W[number]> =>
  (value, path) =>
    typeof value === 'string' && words.includes(value) ? undefined : `${path} must be one of ${words.join(', ')}`;

/** The shape with one more condition, which sees only values that passed it. */
export const where =
  <T>(shape: Shape<T>, condition: (value: T, path: string) => string | undefined): Shape<T> =>
  (value, path) =>
    shape(value, path) ?? condition(value as T, path);

/** A shape that is made when it is first needed; for shapes that contain themselves. */
export const later =
  <T>(shape: () => Shape<T>): Shape<T> =>
  (value, path) =>
    shape()(value, path);

/** An array whose every element has one shape, with so many elements at most. */
export const listOf =
  <T>(shape: Shape<T>, most = Infinity): Shape<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    if (value.length > most) return `${path} must have at most ${most} entries`;
    for (let i = 0; i < value.length; i++) {
      const problem = shape(value[i], `${path}[${i}]`);
      if (problem) return problem;
    }
    return undefined;
  };

/** A plain object with at least these properties; others are let through unseen. */
export const record =
  <P extends Properties>(properties: P): Shape<RecordOf<P>> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
    for (const [name, shape] of Object.entries(properties)) {
      const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
      const problem = shape(own, `${path}.${name}`);
      if (problem) return problem;
    }
    return undefined;
  };

/** One of several objects, which a property of theirs tells apart: `variants('kind', { file: { … }, failed: { … } })`. */
export const variants = <Tag extends string, V extends Readonly<Record<string, Properties>>>(
  tag: Tag,
  kinds: V,
): Shape<{ [K in keyof V & string]: Flat<{ readonly [T in Tag]: K } & RecordOf<V[K]>> }[keyof V & string]> => {
  const told = record({ [tag]: oneOf(...Object.keys(kinds)) });
  const shapes = new Map(Object.entries(kinds).map(([kind, properties]) => [kind, record(properties)]));
  return (value, path) => told(value, path) ?? shapes.get((value as Record<string, string>)[tag]!)!(value, path);
};

/** An object of any property names, so many at most, whose values have one shape. */
export const mapOf =
  <T>(shape: Shape<T>, most = Infinity): Shape<Readonly<Record<string, T>>> =>
  (value, path) => {
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
