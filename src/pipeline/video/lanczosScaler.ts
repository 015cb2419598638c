import { createFrame, type Frame } from '../core/index.js';
import type { Size } from './geometry.js';

/** Lobes of the kernel on each side. */
const LOBES = 3;

/** Where one axis of the result lies on the picture it is made from. */
export interface ScaledAxis {
  /** Where the left (upper) edge of its first pixel lies, in the picture's pixels. */
  readonly from: number;
  /** The picture's pixels for each of its own. */
  readonly step: number;
}

/** For each pixel of the result: the first pixel of the picture that counts, then its weights. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array;
  readonly count: number;
}

/**
 * Scales any part of a picture by Lanczos resampling with three lobes (Duchon 1979, "Lanczos Filtering in One and Two Dimensions"), widened where
 * it shrinks; columns and rows one after the other. Beyond the picture's edge nothing is looked at.
 */
export class LanczosScaler {
  private readonly columns: Taps;
  private readonly rows: Taps;

  /** @param source the pictures' size. @param size that of the results. */
  constructor(
    private readonly source: Size,
    private readonly size: Size,
    across: ScaledAxis,
    down: ScaledAxis,
  ) {
    this.columns = tapsFor(source.width, size.width, across);
    this.rows = tapsFor(source.height, size.height, down);
  }

  /** The picture scaled. */
  scale({ data }: Frame): Frame {
    const { source, size, columns, rows } = this;
    const between = new Float32Array(source.height * size.width * 3);
    for (let y = 0; y < source.height; y++)
      for (let x = 0; x < size.width; x++)
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let tap = 0, i = 3 * (y * source.width + columns.first[x]!) + c; tap < columns.count; tap++, i += 3)
            sum += columns.weights[x * columns.count + tap]! * data[i]!;
          between[3 * (y * size.width + x) + c] = sum;
        }
    const result = createFrame(size.width, size.height);
    const row = 3 * size.width;
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < row; x++) {
        let sum = 0.5;
        for (let tap = 0, i = rows.first[y]! * row + x; tap < rows.count; tap++, i += row)
          sum += rows.weights[y * rows.count + tap]! * between[i]!;
        result.data[y * row + x] = Math.min(255, Math.max(0, sum));
      }
    return result;
  }
}

function tapsFor(length: number, size: number, { from, step }: ScaledAxis): Taps {
  const widen = Math.max(1, step);
  const count = Math.min(length, 2 * Math.ceil(LOBES * widen) + 1);
  const first = new Int32Array(size);
  const weights = new Float32Array(size * count);
  for (let at = 0; at < size; at++) {
    const middle = from + (at + 0.5) * step - 0.5;
    const start = Math.max(0, Math.min(length - count, Math.round(middle - (count - 1) / 2)));
    const own = Array.from({ length: count }, (_, tap) => lanczos((start + tap - middle) / widen));
    const sum = own.reduce((a, b) => a + b, 0);
    own.forEach((weight, tap) => (weights[at * count + tap] = sum === 0 ? 1 / count : weight / sum));
    first[at] = start;
  }
  return { first, weights, count };
}

function lanczos(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1e-9) return 1;
  return d < LOBES ? (LOBES * Math.sin(Math.PI * d) * Math.sin((Math.PI * d) / LOBES)) / (Math.PI * d) ** 2 : 0;
}
