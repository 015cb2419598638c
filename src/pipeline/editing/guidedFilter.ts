import { boundsOf, grownBounds, type Rectangle, type Frame } from '../core/index.js';
import { boxMeanRows } from './boxMean.js';

/** Numbers of a pixel whose means are taken: red, green, blue, mask, each colour times the mask, and the colours' six products. */
const MEANS = 13;

/** What a square's fit is: slopes of red, green and blue, and an offset. */
const FIT = 4;

/**
 * Moves the outline of a rough mask onto the outlines of a picture.
 *
 * He, Sun & Tang 2010, "Guided Image Filtering", with the colours of the picture as the guide: within every small square
 * the mask is fitted as a linear function of red, green and blue. Two radii away from what is marked all fits are zero, so only the
 * surroundings of the mask are worked on.
 *
 * @param mask one value in 0…1 a pixel of `picture`.
 * @param radius half the side of the squares, in pixels.
 * @param epsilon how much contrast (squared, colours in 0…1) counts as an outline.
 * @returns one value in 0…1 a pixel.
 */
export function guidedFilter(mask: Float32Array, picture: Frame, radius: number, epsilon = 1e-3): Float32Array {
  const out = new Float32Array(mask.length);
  const marked = boundsOf(mask, picture.width, 0);
  if (!marked) return out;
  // A value that may differ from zero depends on what is two radii further.
  const worked = grownBounds(marked, 4 * radius, picture);
  const fits = fitSquares(mask, picture, worked, radius, epsilon);
  const shown = grownBounds(marked, 2 * radius, picture);
  const { left, top, width, height } = worked;
  boxMeanRows(
    { width, height, channels: FIT, radius },
    (y, row) => row.set(fits.subarray(y * row.length, (y + 1) * row.length)),
    (y, means) => {
      if (top + y < shown.top || top + y >= shown.top + shown.height) return;
      const { data } = picture;
      for (let x = shown.left; x < shown.left + shown.width; x++) {
        const pixel = (top + y) * picture.width + x;
        const [at, byte] = [x - left, 3 * pixel];
        const colours = means[at]! * data[byte]! + means[at + width]! * data[byte + 1]! + means[at + 2 * width]! * data[byte + 2]!;
        out[pixel] = clamp(means[at + 3 * width]! + colours / 255);
      }
    },
  );
  return out;
}

/** The mask in every square as a linear function of the colours, row after row: `width` numbers of each of the {@link FIT}. */
function fitSquares(
  mask: Float32Array,
  { data, width: pictureWidth }: Frame,
  bounds: Rectangle,
  radius: number,
  epsilon: number,
): Float32Array {
  const { left, top, width, height } = bounds;
  const fits = new Float32Array(FIT * width * height);
  const fill = (y: number, row: Float64Array) => {
    for (let x = 0, pixel = (top + y) * pictureWidth + left; x < width; x++, pixel++) {
      const r = data[3 * pixel]! / 255;
      const g = data[3 * pixel + 1]! / 255;
      const b = data[3 * pixel + 2]! / 255;
      const p = mask[pixel]!;
      row[x] = r;
      row[x + width] = g;
      row[x + 2 * width] = b;
      row[x + 3 * width] = p;
      row[x + 4 * width] = r * p;
      row[x + 5 * width] = g * p;
      row[x + 6 * width] = b * p;
      row[x + 7 * width] = r * r;
      row[x + 8 * width] = r * g;
      row[x + 9 * width] = r * b;
      row[x + 10 * width] = g * g;
      row[x + 11 * width] = g * b;
      row[x + 12 * width] = b * b;
    }
  };
  boxMeanRows({ width, height, channels: MEANS, radius }, fill, (y, means) =>
    fitRow(means, width, epsilon, fits.subarray(y * FIT * width, (y + 1) * FIT * width)),
  );
  return fits;
}

/** The fits of a row of squares, of their {@link MEANS}. */
function fitRow(means: Float64Array, width: number, epsilon: number, fits: Float32Array): void {
  for (let i = 0; i < width; i++) {
    const r = means[i]!;
    const g = means[i + width]!;
    const b = means[i + 2 * width]!;
    const p = means[i + 3 * width]!;
    // Covariances of the colours, and of each colour with the mask: the symmetric system [rr rg rb; rg gg gb; rb gb bb] · slope = [x y z].
    const x = means[i + 4 * width]! - r * p;
    const y = means[i + 5 * width]! - g * p;
    const z = means[i + 6 * width]! - b * p;
    const rr = means[i + 7 * width]! - r * r + epsilon;
    const rg = means[i + 8 * width]! - r * g;
    const rb = means[i + 9 * width]! - r * b;
    const gg = means[i + 10 * width]! - g * g + epsilon;
    const gb = means[i + 11 * width]! - g * b;
    const bb = means[i + 12 * width]! - b * b + epsilon;
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
    fits[i] = redSlope;
    fits[i + width] = greenSlope;
    fits[i + 2 * width] = blueSlope;
    fits[i + 3 * width] = p - redSlope * r - greenSlope * g - blueSlope * b;
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
