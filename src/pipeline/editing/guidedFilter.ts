import type { Frame } from '../core/index.js';

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
  const guide = [0, 1, 2].map((channel) => planeOf(data, channel, size)) as [Float32Array, Float32Array, Float32Array];
  const guideMeans = guide.map(mean) as [Float32Array, Float32Array, Float32Array];
  const maskMean = mean(mask);
  const [red, green, blue] = guide;
  const [redMean, greenMean, blueMean] = guideMeans;
  const withMask = guide.map((channel) => mean(product(channel, mask))) as [Float32Array, Float32Array, Float32Array];
  const [redRed, redGreen, redBlue, greenGreen, greenBlue, blueBlue] = (
    [
      [red, red],
      [red, green],
      [red, blue],
      [green, green],
      [green, blue],
      [blue, blue],
    ] as const
  ).map(([one, other]) => mean(product(one, other))) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];

  const slopes = [new Float32Array(size), new Float32Array(size), new Float32Array(size)] as const;
  const offsets = new Float32Array(size);
  for (let k = 0; k < size; k++) {
    const r = redMean[k]!;
    const g = greenMean[k]!;
    const b = blueMean[k]!;
    const p = maskMean[k]!;
    // Covariances of the colours, and of each colour with the mask: the symmetric system [rr rg rb; rg gg gb; rb gb bb] · slope = [x y z].
    const rr = redRed[k]! - r * r + epsilon;
    const rg = redGreen[k]! - r * g;
    const rb = redBlue[k]! - r * b;
    const gg = greenGreen[k]! - g * g + epsilon;
    const gb = greenBlue[k]! - g * b;
    const bb = blueBlue[k]! - b * b + epsilon;
    const x = withMask[0][k]! - r * p;
    const y = withMask[1][k]! - g * p;
    const z = withMask[2][k]! - b * p;
    // Solved by its adjugate.
    const i00 = gg * bb - gb * gb;
    const i01 = rb * gb - rg * bb;
    const i02 = rg * gb - rb * gg;
    const i11 = rr * bb - rb * rb;
    const i12 = rg * rb - rr * gb;
    const i22 = rr * gg - rg * rg;
    const determinant = rr * i00 + rg * i01 + rb * i02;
    const redSlope = (i00 * x + i01 * y + i02 * z) / determinant;
    const greenSlope = (i01 * x + i11 * y + i12 * z) / determinant;
    const blueSlope = (i02 * x + i12 * y + i22 * z) / determinant;
    slopes[0][k] = redSlope;
    slopes[1][k] = greenSlope;
    slopes[2][k] = blueSlope;
    offsets[k] = p - redSlope * r - greenSlope * g - blueSlope * b;
  }
  const out = mean(offsets);
  const [redSlopes, greenSlopes, blueSlopes] = slopes.map(mean) as [Float32Array, Float32Array, Float32Array];
  for (let k = 0; k < size; k++) {
    out[k] = clamp(out[k]! + (redSlopes[k]! * red[k]! + greenSlopes[k]! * green[k]! + blueSlopes[k]! * blue[k]!));
  }
  return out;
}

/** One colour of RGB pixels in 0…1. */
function planeOf(data: Uint8Array, channel: number, size: number): Float32Array {
  const out = new Float32Array(size);
  for (let i = 0, byte = channel; i < size; i++, byte += 3) out[i] = data[byte]! / 255;
  return out;
}

function product(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! * b[i]!;
  return out;
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
    for (; count < radius && count < length; count++) sum += values[base + count * step]!;
    for (let i = 0, at = base; i < length; i++, at += step) {
      if (i + radius < length) {
        sum += values[at + radius * step]!;
        count++;
      }
      if (i > radius) {
        sum -= values[at - (radius + 1) * step]!;
        count--;
      }
      out[at] = sum / count;
    }
  }
  return out;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
