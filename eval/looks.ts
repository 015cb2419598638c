import { flicker, type Frame } from '../src/index.js';
import { mean, median } from './mean.js';

/** Side in pixels of the blocks in which flatness is measured. */
const BLOCK = 8;

/** Deviation, in 8-bit levels, up to which a block of a drawn clip is flat: a plain colour or a soft gradient, no outline. */
const FLAT = 1.5;

/** How a made clip looks beside a drawn one, whatever a judge reads in it. */
export interface Looks {
  /** Gradient energy ÷ that of the drawn clip: 1 as crisp, below it softer, above it noisier. See {@link sharpness}. */
  sharpness: number;
  /** Deviation, in 8-bit levels, where the drawn clip is flat: 0 is plain. See {@link flatness}. */
  flatness: number;
}

/** The looks of many clips. */
export interface LooksScores extends Looks {
  /** Clips that were compared with a drawn one. */
  n: number;
  /** Mean difference between neighbouring frames ÷ that of the drawn clips, sums of all clips: 1 as steady, above it flickering. */
  flicker: number;
}

/**
 * Gradient energy: the mean squared difference between neighbouring pixels, right and below, of red, green and blue, in
 * squares of 8-bit levels. An outline of one contrast drawn over twice as many pixels has half of it.
 *
 * @param masks one byte a pixel and frame: only differences of pixels inside (not 0) count; without, all do.
 * @returns NaN where nothing is inside.
 */
export function gradientEnergy(frames: readonly Frame[], masks?: readonly Uint8Array[]): number {
  let squares = 0;
  let counted = 0;
  frames.forEach(({ width, height, data }, index) => {
    const mask = masks?.[index];
    for (let pixel = 0; pixel < width * height; pixel++) {
      if (mask && !mask[pixel]) continue;
      for (const step of [1, width]) {
        if (step === 1 ? pixel % width === width - 1 : pixel >= width * (height - 1)) continue;
        for (let channel = 0; channel < 3; channel++) squares += (data[3 * (pixel + step) + channel]! - data[3 * pixel + channel]!) ** 2;
        counted += 3;
      }
    }
  });
  return squares / counted;
}

/**
 * Sharpness: the {@link gradientEnergy} of a made clip ÷ that of the drawn one. For a generated clip the drawn one is that of
 * the same sentence; for an edit it is the source, over the changed area (the sticker with a margin) where only the sticker
 * was to change, since all else is the source itself.
 * @returns NaN where the drawn clip has no gradient.
 */
export function sharpness(made: readonly Frame[], drawn: readonly Frame[], masks?: readonly Uint8Array[]): number {
  const energy = gradientEnergy(drawn, masks);
  return energy > 0 ? gradientEnergy(made, masks) / energy : NaN;
}

/**
 * Flatness: how far colours stray where drawn art has one colour, in 8-bit levels. Each block of 8 × 8 pixels has a deviation
 * (standard deviation of red, green and blue, root of the mean of their squares); a drawn block of at most 1.5 is flat. A made
 * clip need not have its flat blocks at the same places: of its blocks, as many count as the drawn clip has flat ones, the
 * flattest first, and their mean deviation is the flatness.
 * @returns NaN where the drawn clip has no flat block.
 */
export function flatness(made: readonly Frame[], drawn: readonly Frame[]): number {
  const flat = blockDeviations(drawn).filter((deviation) => deviation <= FLAT).length;
  return mean(
    blockDeviations(made)
      .sort((a, b) => a - b)
      .slice(0, flat),
  );
}

/** The deviation of every whole block of 8 × 8 pixels of all frames, in 8-bit levels. */
function blockDeviations(frames: readonly Frame[]): number[] {
  return frames.flatMap(({ width, height, data }) => {
    const columns = Math.floor(width / BLOCK);
    return Array.from({ length: columns * Math.floor(height / BLOCK) }, (_, block) => {
      const corner = BLOCK * (Math.floor(block / columns) * width + (block % columns));
      let variance = 0;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        let squares = 0;
        for (let pixel = 0; pixel < BLOCK * BLOCK; pixel++) {
          const level = data[3 * (corner + Math.floor(pixel / BLOCK) * width + (pixel % BLOCK)) + channel]!;
          sum += level;
          squares += level * level;
        }
        variance += squares / BLOCK ** 2 - (sum / BLOCK ** 2) ** 2;
      }
      return Math.sqrt(Math.max(variance, 0) / 3);
    });
  });
}

/** Pixels within `margin` of a mask's, rows and columns apart, count as inside as well. */
export function grown(mask: Uint8Array, width: number, margin: number): Uint8Array {
  const height = mask.length / width;
  const out = new Uint8Array(mask.length);
  mask.forEach((inside, pixel) => {
    if (!inside) return;
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const [left, right] = [Math.max(column - margin, 0), Math.min(column + margin, width - 1)];
    for (let y = Math.max(row - margin, 0); y <= Math.min(row + margin, height - 1); y++)
      out.fill(1, y * width + left, y * width + right + 1);
  });
  return out;
}

/** Measures made clips against the drawn ones of the same sentences; sharpness and flatness are medians of the clips. */
export function scoreLooks(pairs: readonly { made: readonly Frame[]; drawn: readonly Frame[] }[]): LooksScores {
  return {
    n: pairs.length,
    sharpness: median(pairs.map(({ made, drawn }) => sharpness(made, drawn)).filter(Number.isFinite)),
    flatness: median(pairs.map(({ made, drawn }) => flatness(made, drawn)).filter(Number.isFinite)),
    flicker: mean(pairs.map(({ made }) => flicker(made))) / mean(pairs.map(({ drawn }) => flicker(drawn))),
  };
}

/**
 * Flicker of what should stand still: mean difference, in 8-bit levels, between neighbouring frames outside the sticker, that is where it is in
 * neither of the two. Drawn backgrounds stand still unless the camera moves or something falls; what a drawn clip has of it is the sticker's soft edge.
 * @param masks one byte a pixel and frame: 1 where the sticker is.
 */
export function flickerOutside(frames: readonly Frame[], masks: readonly Uint8Array[]): number {
  let [sum, counted] = [0, 0];
  for (let index = 1; index < frames.length; index++) {
    const [before, after] = [frames[index - 1]!.data, frames[index]!.data];
    masks[index]!.forEach((inside, pixel) => {
      if (inside || masks[index - 1]![pixel]) return;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) sum += Math.abs(after[i]! - before[i]!);
      counted += 3;
    });
  }
  return sum / counted;
}

/** Least deviation, in 8-bit levels of luma, of a square that has a structure. */
const SHAPED = 3;

/**
 * Structure kept: the mean over squares of 8 × 8 pixels, those in which the source has shapes, of the correlation of luma between a made clip
 * and the drawn one, 0 where it is negative. The structure term of SSIM (Wang et al. 2004): another brightness, contrast or tint does not
 * lower it, so that a look can be told from a redrawn picture.
 * @returns NaN where the drawn clip has no shapes.
 */
export function structure(made: readonly Frame[], drawn: readonly Frame[]): number {
  const shares: number[] = [];
  drawn.forEach((frame, index) => {
    const [a, b] = [luma(frame), luma(made[index]!)];
    for (let top = 0; top + BLOCK <= frame.height; top += BLOCK)
      for (let left = 0; left + BLOCK <= frame.width; left += BLOCK) {
        const share = correlation(a, b, top * frame.width + left, frame.width);
        if (share !== undefined) shares.push(Math.max(0, share));
      }
  });
  return mean(shares);
}

function luma({ data }: Frame): Float64Array {
  return Float64Array.from(
    { length: data.length / 3 },
    (_, i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!,
  );
}

/** Correlation of two pictures in the square that begins at a pixel; undefined where the first has no shapes. */
function correlation(a: Float64Array, b: Float64Array, first: number, width: number): number | undefined {
  let [sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let y = 0; y < BLOCK; y++)
    for (let x = 0, i = first + y * width; x < BLOCK; x++, i++) {
      sumA += a[i]!;
      sumB += b[i]!;
      aa += a[i]! ** 2;
      bb += b[i]! ** 2;
      ab += a[i]! * b[i]!;
    }
  const count = BLOCK ** 2;
  const [ofA, ofB] = [aa / count - (sumA / count) ** 2, bb / count - (sumB / count) ** 2];
  if (ofA < SHAPED ** 2) return undefined;
  return ofB <= 1e-9 ? 0 : (ab / count - (sumA * sumB) / count ** 2) / Math.sqrt(ofA * ofB);
}
