import type { Frame } from '../video/index.js';

/**
 * Moves the outline of a rough mask onto the outlines of a picture.
 *
 * He, Sun & Tang 2010, "Guided Image Filtering", with the colours of the picture as the guide: within every small square
 * the mask is fitted as a linear function of red, green and blue.
 *
 * @param mask one value in 0…1 a pixel of `picture`.
 * @param radius half the side of the squares, in pixels.
 * @param epsilon how much contrast (squared, colours in 0…1) counts as an outline.
 * @returns one value in 0…1 a pixel.
 */
export function guidedFilter(mask: Float32Array, picture: Frame, radius: number, epsilon = 1e-3): Float32Array {
  const { width, height, data } = picture;
  const size = width * height;
  const mean = (values: Float32Array) => boxMean(values, width, height, radius);
  const product = (a: Float32Array, b: Float32Array) => Float32Array.from(a, (value, i) => value * b[i]!);
  const guide = [0, 1, 2].map((channel) => Float32Array.from({ length: size }, (_, i) => data[3 * i + channel]! / 255));
  const guideMeans = guide.map(mean);
  const maskMean = mean(mask);
  const withMask = guide.map((channel) => mean(product(channel, mask)));
  const pairs = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]] as const;
  const products = pairs.map(([i, j]) => mean(product(guide[i]!, guide[j]!)));

  const slopes = [0, 1, 2].map(() => new Float32Array(size));
  const offsets = new Float32Array(size);
  for (let k = 0; k < size; k++) {
    const [r, g, b] = guideMeans.map((channel) => channel[k]!) as [number, number, number];
    const p = maskMean[k]!;
    const [rr, rg, rb, gg, gb, bb] = products.map((values, n) => values[k]! - guideMeans[pairs[n]![0]]![k]! * guideMeans[pairs[n]![1]]![k]!) as [number, number, number, number, number, number];
    const slope = solve([rr + epsilon, rg, rb, gg + epsilon, gb, bb + epsilon], withMask.map((values, c) => values[k]! - guideMeans[c]![k]! * p) as [number, number, number]);
    slope.forEach((value, c) => (slopes[c]![k] = value));
    offsets[k] = p - slope[0] * r - slope[1] * g - slope[2] * b;
  }
  const meanSlopes = slopes.map(mean);
  return mean(offsets).map((offset, k) => clamp(offset + meanSlopes.reduce((sum, values, c) => sum + values[k]! * guide[c]![k]!, 0)));
}

/** Solves the symmetric 3 × 3 system `[a b c; b d e; c e f] · x = y` by its adjugate. */
function solve([a, b, c, d, e, f]: [number, number, number, number, number, number], [x, y, z]: [number, number, number]): [number, number, number] {
  const [i00, i01, i02, i11, i12, i22] = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b];
  const determinant = a * i00 + b * i01 + c * i02;
  return [(i00 * x + i01 * y + i02 * z) / determinant, (i01 * x + i11 * y + i12 * z) / determinant, (i02 * x + i12 * y + i22 * z) / determinant];
}

/** The mean over a square around every pixel, cut off at the borders; takes the same time for every radius. */
export function boxMean(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = runningMean(values, height, width, width, 1, radius);
  return runningMean(rows, width, height, 1, width, radius);
}

/** Means along lines: `lines` of them, `lineStep` apart, of `length` values, `step` apart. */
function runningMean(values: Float32Array, lines: number, length: number, lineStep: number, step: number, radius: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const base = line * lineStep;
    let sum = 0;
    let count = 0;
    for (let i = -radius; i < length; i++) {
      if (i + radius < length) {
        sum += values[base + (i + radius) * step]!;
        count++;
      }
      if (i - radius > 0) {
        sum -= values[base + (i - radius - 1) * step]!;
        count--;
      }
      if (i >= 0) out[base + i * step] = sum / count;
    }
  }
  return out;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
