import type { KnownValue } from './smallValues.js';

/** Length of each axis; undefined where it cannot be told. */
export type Shape = readonly (number | undefined)[];

/** What a rule may ask about a node. */
export interface ShapeQuery {
  /** Shapes of its inputs; undefined where unknown or left out. */
  readonly shapes: readonly (Shape | undefined)[];
  /** Values of its inputs, where they are known beforehand. */
  readonly values: readonly (KnownValue | undefined)[];
  /** Number of outputs it makes. */
  readonly outputs: number;
  /** An integer attribute, or its default. */
  attribute(name: string, otherwise: number): number;
  /** An attribute that is a list of integers. */
  numbers(name: string): readonly number[] | undefined;
  /** An attribute that is text. */
  text(name: string): string | undefined;
}

/** The shape that arrays of these shapes are broadcast to. */
export function broadcastShapes(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((shape) => !shape)) return undefined;
  const rank = Math.max(...shapes.map((shape) => shape!.length));
  return Array.from({ length: rank }, (_, i) => {
    const lengths = shapes.map((shape) => {
      const axis = i - rank + shape!.length;
      return axis < 0 ? 1 : shape![axis];
    });
    return lengths.find((length) => length !== undefined && length !== 1) ?? (lengths.every((length) => length === 1) ? 1 : undefined);
  });
}

/** What `Reshape` makes: 0 keeps a length, −1 takes what is left. */
export function reshape(shape: Shape | undefined, wanted: readonly number[] | undefined, allowZero: boolean): Shape | undefined {
  if (!wanted) return undefined;
  const filled = wanted.map((length, i) => (length === 0 && !allowZero ? shape?.[i] : Number.isFinite(length) ? length : undefined));
  const rest = product(filled.filter((length) => length !== -1));
  const whole = shape && product(shape);
  return filled.map((length) => (length === -1 ? (whole !== undefined && rest ? whole / rest : undefined) : length));
}

/** What `Resize` makes, by sizes if there are any, else by scales. */
export function resize(
  shape: Shape | undefined,
  scales: readonly number[] | undefined,
  sizes: readonly number[] | undefined,
): Shape | undefined {
  if (sizes && sizes.length > 0) return sizes;
  return shape?.map((length, i) => (length !== undefined && scales?.[i] !== undefined ? Math.floor(length * scales[i]) : undefined));
}

/** Sides of what a kernel makes that slides over an image. */
export function slide({ numbers, text, attribute }: ShapeQuery, sides: Shape, kernel: Shape): Shape {
  return sides.map((side, i) => {
    const width = kernel[i];
    if (side === undefined || width === undefined) return undefined;
    const stride = numbers('strides')?.[i] ?? 1;
    if ((text('auto_pad') ?? 'NOTSET').startsWith('SAME')) return Math.ceil(side / stride);
    const pads = numbers('pads');
    const padding = pads ? pads[i]! + pads[i + sides.length]! : 0;
    const round = attribute('ceil_mode', 0) ? Math.ceil : Math.floor;
    return round((side + padding - (numbers('dilations')?.[i] ?? 1) * (width - 1) - 1) / stride) + 1;
  });
}

/** How long a slice of an axis is. */
export function sliced(length: number, start: number, end: number, step: number): number {
  const clamp = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, 0), length);
  if (step > 0) return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  const from = Math.min(start < 0 ? start + length : start, length - 1);
  const to = end < -length ? -1 : end < 0 ? end + length : end;
  return Math.max(0, Math.ceil((from - to) / -step));
}

/** An axis counted from the end, counted from the start. */
export function at(shape: Shape, axis: number): number {
  return axis < 0 ? axis + shape.length : axis;
}

/** How many values a shape holds, if that can be told. */
export function product(lengths: Shape): number | undefined {
  return lengths.reduce<number | undefined>(multiply, 1);
}

/** A product that is unknown where a factor is. */
export function multiply(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a * b;
}

/** A sum that is unknown where a part is. */
export function sum(lengths: Shape): number | undefined {
  return lengths.reduce<number | undefined>(
    (total, length) => (total === undefined || length === undefined ? undefined : total + length),
    0,
  );
}
