import type { Frame } from '../core/index.js';
import { requireSameShape } from './clips.js';
import { inRegion, type Region } from './region.js';

/**
 * Mean squared error of 8-bit levels, over red, green and blue of every pixel of every frame (of the region).
 *
 * @returns levels², 0 … 65025; NaN where the region is empty.
 * @throws {ArgumentError} for clips of different shapes or a region that does not fit them.
 */
export function meanSquaredError(reference: readonly Frame[], frames: readonly Frame[], region?: Region): number {
  requireSameShape(reference, frames);
  const counts = inRegion(region, frames);
  let squares = 0;
  let values = 0;
  reference.forEach(({ data }, frame) => {
    const other = frames[frame]!.data;
    for (let pixel = 0; pixel < data.length / 3; pixel++) {
      if (!counts(frame, pixel)) continue;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) squares += (data[i]! - other[i]!) ** 2;
      values += 3;
    }
  });
  return squares / values;
}

/**
 * Peak signal-to-noise ratio: `10 · log₁₀(255² ⁄ MSE)` over all frames together, as scikit-image's `peak_signal_noise_ratio` of the
 * whole clip. Higher is nearer.
 *
 * @returns dB; Infinity for equal pixels, NaN where the region is empty.
 * @throws {ArgumentError} for clips of different shapes or a region that does not fit them.
 */
export function psnr(reference: readonly Frame[], frames: readonly Frame[], region?: Region): number {
  return 10 * Math.log10(255 ** 2 / meanSquaredError(reference, frames, region));
}

/**
 * Distance to a reference, such as the clip that many more steps make from the same noise: the root mean square difference of the
 * pixels, 0 … 1 with 1 for black against white. Lower is nearer.
 *
 * @throws {ArgumentError} for clips of different shapes or a region that does not fit them.
 */
export function distance(reference: readonly Frame[], frames: readonly Frame[], region?: Region): number {
  return Math.sqrt(meanSquaredError(reference, frames, region)) / 255;
}
