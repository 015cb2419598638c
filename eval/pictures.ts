import type { Frame } from '../src/index.js';
import { mean } from './judge.js';

/** Most that a PSNR counts for, in dB: one clip that is the same to the last bit shall not lift the mean of all without bound. */
const MOST = 50;

/** Mean of the frames' PSNR in dB. */
export function framesPSNR(a: readonly Frame[], b: readonly Frame[]): number {
  return mean(a.map((frame, index) => psnr([frame], [b[index]!], () => true)));
}

/**
 * PSNR in dB, at most 50, of what lies outside the masks.
 *
 * @param masks one byte a pixel and frame, 1 inside.
 * @param margin pixels around each frame's mask that count as inside as well.
 */
export function psnrOutside(a: readonly Frame[], b: readonly Frame[], masks: readonly Uint8Array[], margin: number): number {
  const { width } = a[0]!;
  const grown = masks.map((mask) => grow(mask, width, margin));
  return psnr(a, b, (frame, pixel) => grown[frame]![pixel] === 0);
}

/** Mean difference between neighbouring frames, 0…1. */
export function flicker(frames: readonly Frame[]): number {
  return mean(
    frames.slice(1).map(({ data }, index) => {
      const before = frames[index]!.data;
      return data.reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0) / data.length / 255;
    }),
  );
}

function psnr(a: readonly Frame[], b: readonly Frame[], counts: (frame: number, pixel: number) => boolean): number {
  let squares = 0;
  let count = 0;
  a.forEach(({ data }, frame) => {
    const other = b[frame]!.data;
    for (let i = 0; i < data.length; i++) {
      if (!counts(frame, Math.floor(i / 3))) continue;
      squares += (data[i]! - other[i]!) ** 2;
      count++;
    }
  });
  return count === 0 ? MOST : Math.min(MOST, 10 * Math.log10(255 ** 2 / (squares / count)));
}

/** A square dilation, along rows and then along columns. */
function grow(mask: Uint8Array, width: number, margin: number): Uint8Array {
  const height = mask.length / width;
  const along = (from: Uint8Array, length: number, step: number, position: (pixel: number) => number) =>
    from.map((_, pixel) => {
      for (let d = -margin; d <= margin; d++) {
        const at = position(pixel) + d;
        if (at >= 0 && at < length && from[pixel + d * step] === 1) return 1;
      }
      return 0;
    });
  return along(
    along(mask, width, 1, (pixel) => pixel % width),
    height,
    width,
    (pixel) => Math.floor(pixel / width),
  );
}
