import { createFrame, type Frame } from '../core/index.js';
import type { Placement, Size } from './geometry.js';

/** For each output position: the first input position, then its weights. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array;
  /** Weights per output position. */
  readonly count: number;
}

/**
 * Scales pictures without ffmpeg, for frames that are in memory already: Catmull-Rom cubic, widened
 * when shrinking so that nothing aliases, rows and columns one after the other. Pixels are taken as
 * they are (no linear light), as video scalers do.
 */
export class PictureScaler {
  private readonly columns: Taps;
  private readonly rows: Taps;
  private readonly between: Float32Array;

  constructor(
    private readonly source: Size,
    private readonly place: Placement,
  ) {
    this.columns = tapsFor(source.width, place.scaled.width);
    this.rows = tapsFor(source.height, place.scaled.height);
    this.between = new Float32Array(source.height * place.scaled.width * 3);
  }

  /** The picture scaled and placed; bars, where `contain` leaves any, are black. */
  scale(frame: Frame): Frame {
    const { size, scaled, x, y } = this.place;
    if (
      scaled.width === this.source.width &&
      scaled.height === this.source.height &&
      size.width === scaled.width &&
      size.height === scaled.height
    )
      return frame;
    this.scaleColumns(frame.data);
    const result = createFrame(size.width, size.height);
    const out = result.data;
    const { first, weights, count } = this.rows;
    const stride = scaled.width * 3;
    const left = Math.max(0, x);
    const right = Math.min(size.width, x + scaled.width);
    for (let row = Math.max(0, y); row < Math.min(size.height, y + scaled.height); row++) {
      const from = first[row - y] ?? 0;
      for (let column = left; column < right; column++) {
        const at = (column - x) * 3;
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0.5;
          for (let tap = 0; tap < count; tap++) {
            sum += (weights[(row - y) * count + tap] as number) * (this.between[(from + tap) * stride + at + channel] as number);
          }
          out[(row * size.width + column) * 3 + channel] = sum < 0 ? 0 : sum > 255 ? 255 : sum;
        }
      }
    }
    return result;
  }

  private scaleColumns(data: Uint8Array): void {
    const { first, weights, count } = this.columns;
    const { width, height } = this.source;
    const { width: scaledWidth } = this.place.scaled;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < scaledWidth; column++) {
        const from = (row * width + (first[column] as number)) * 3;
        const to = (row * scaledWidth + column) * 3;
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let tap = 0; tap < count; tap++) {
          const weight = weights[column * count + tap] as number;
          red += weight * (data[from + tap * 3] as number);
          green += weight * (data[from + tap * 3 + 1] as number);
          blue += weight * (data[from + tap * 3 + 2] as number);
        }
        this.between[to] = red;
        this.between[to + 1] = green;
        this.between[to + 2] = blue;
      }
    }
  }
}

function tapsFor(from: number, to: number): Taps {
  const step = from / to;
  const widen = Math.max(1, step);
  const count = Math.min(from, 2 * Math.ceil(2 * widen) + 1);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let position = 0; position < to; position++) {
    const centre = (position + 0.5) * step - 0.5;
    const start = Math.max(0, Math.min(from - count, Math.floor(centre - count / 2 + 0.5)));
    let sum = 0;
    for (let tap = 0; tap < count; tap++) sum += weights[position * count + tap] = cubic((start + tap - centre) / widen);
    for (let tap = 0; tap < count; tap++) weights[position * count + tap] = (weights[position * count + tap] ?? 0) / sum;
    first[position] = start;
  }
  return { first, weights, count };
}

/** Catmull-Rom: Keys' cubic convolution with a = -0.5. */
function cubic(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}
