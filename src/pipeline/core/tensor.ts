import { FrameloomError } from './errors.js';
import { printsAsText } from './printsAsText.js';

/**
 * A dense float32 array with a shape: latents, embeddings, predictions, attention maps.
 *
 * Row-major ("C order"), as in NumPy, PyTorch and ONNX. Latents are always
 * `[frames, channels, height, width]` in this library, whatever shape a model file asks for.
 * A tensor is a plain holder: the functions that compute with it stand beside what they are for.
 */
export class Tensor {
  static {
    printsAsText(this.prototype);
  }

  /** The values, `dims[0] × dims[1] × …` of them. Shared, not copied: writing here changes the tensor. */
  readonly data: Float32Array;
  /** The length of each axis, outermost first. */
  readonly dims: readonly number[];

  /** @throws {FrameloomError} `FL_TENSOR_SHAPE` when the number of values is not the product of `dims`. */
  constructor(data: Float32Array, dims: readonly number[]) {
    const size = elementCount(dims);
    if (size !== data.length) {
      throw new FrameloomError(
        'FL_TENSOR_SHAPE',
        `A tensor of shape [${dims.join(', ')}] holds ${size} values, but ${data.length} were given.`,
      );
    }
    this.data = data;
    this.dims = Object.freeze([...dims]);
  }

  /** A tensor of zeros. */
  static zeros(dims: readonly number[]): Tensor {
    return new Tensor(new Float32Array(elementCount(dims)), dims);
  }

  /** How many values it holds. */
  get size(): number {
    return this.data.length;
  }

  /** A copy that shares nothing with this tensor. */
  clone(): Tensor {
    return new Tensor(this.data.slice(), this.dims);
  }

  /** The same values seen in another shape; no copy is made. */
  reshape(dims: readonly number[]): Tensor {
    return new Tensor(this.data, dims);
  }

  /** Rows `start` up to but not including `end` of the first axis (frames of latents); no copy is made. */
  slice(start: number, end: number = this.dims[0] ?? 0): Tensor {
    const rows = this.dims[0] ?? 0;
    const rowSize = rows === 0 ? 0 : this.size / rows;
    return new Tensor(this.data.subarray(start * rowSize, end * rowSize), [end - start, ...this.dims.slice(1)]);
  }

  /** A new tensor whose values are `f` of this one's, rounded to float32. */
  map(f: (value: number, index: number) => number): Tensor {
    const out = new Float32Array(this.size);
    for (let i = 0; i < out.length; i++) out[i] = f(this.data[i]!, i);
    return new Tensor(out, this.dims);
  }

  /** `Tensor [8, 4, 16, 16] float32, -3.1 … 2.9, mean 0.02` */
  toString(): string {
    const { min, max, mean } = this.range();
    return `Tensor [${this.dims.join(', ')}] float32, ${short(min)} … ${short(max)}, mean ${short(mean)}`;
  }

  /** How many values are NaN or infinite. */
  countNotFinite(): number {
    const { data } = this;
    // Nought times a number is nought, times NaN or infinity it is NaN: one sum tells whether there is anything to count.
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += 0 * data[i]!;
    return sum === 0 ? 0 : data.reduce((count, value) => (Number.isFinite(value) ? count : count + 1), 0);
  }

  /** Smallest, largest and mean value, and how many values are not finite (those are left out of the rest). */
  range(): { min: number; max: number; mean: number; notFinite: number } {
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    let notFinite = 0;
    for (const value of this.data) {
      if (!Number.isFinite(value)) {
        notFinite++;
        continue;
      }
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
    const finite = this.size - notFinite;
    return finite === 0 ? { min: NaN, max: NaN, mean: NaN, notFinite } : { min, max, mean: sum / finite, notFinite };
  }
}

/** How many values a tensor of this shape holds. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, 1);
}

/** Joins tensors along their first axis; all other axes must agree. */
export function concatenate(tensors: readonly Tensor[]): Tensor {
  const [, ...rest] = tensors[0]!.dims;
  const rows = tensors.reduce((sum, tensor) => sum + tensor.dims[0]!, 0);
  const out = Tensor.zeros([rows, ...rest]);
  let at = 0;
  for (const tensor of tensors) {
    out.data.set(tensor.data, at);
    at += tensor.size;
  }
  return out;
}

/** `[frames, channels, h, w]` ⇄ `[1, channels, frames, h, w]`, by exchanging the first two long axes. */
export function swapFramesAndChannels(tensor: Tensor): Tensor {
  const clip = tensor.dims.length === 5;
  const [a, b, height, width] = (clip ? tensor.dims.slice(1) : tensor.dims) as [number, number, number, number];
  const area = height * width;
  const out = new Float32Array(tensor.size);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * area;
      out.set(tensor.data.subarray(from, from + area), (j * a + i) * area);
    }
  }
  return new Tensor(out, clip ? [b, a, height, width] : [1, b, a, height, width]);
}

/** @throws {FrameloomError} `FL_TENSOR_SHAPE` naming both shapes. */
export function requireSameShape(a: Tensor, b: Tensor): void {
  if (a.dims.length !== b.dims.length || a.dims.some((length, axis) => length !== b.dims[axis])) {
    throw new FrameloomError(
      'FL_TENSOR_SHAPE',
      `Two tensors must have one shape, but they have [${a.dims.join(', ')}] and [${b.dims.join(', ')}].`,
    );
  }
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}
