import { type Frame, psnr, Tensor } from '../src/index.js';

/** Most that a PSNR counts for, in dB: one clip that is the same to the last bit shall not lift the mean of all without bound. */
const MOST = 50;

/** PSNR in dB, at most 50, of all frames together. */
export function cappedPSNR(a: readonly Frame[], b: readonly Frame[]): number {
  return Math.min(MOST, psnr(a, b));
}

/**
 * PSNR in dB, at most 50, of what lies outside the masks; 50 where nothing does.
 *
 * @param masks one byte a pixel and frame, 1 inside.
 * @param margin pixels around each frame's mask that count as inside as well.
 */
export function psnrOutside(a: readonly Frame[], b: readonly Frame[], masks: readonly Uint8Array[], margin: number): number {
  const { width, height } = a[0]!;
  const mask = new Tensor(Float32Array.from(masks.flatMap((each) => [...each])), [masks.length, 1, height, width]);
  const outside = psnr(a, b, { mask, side: 'outside', margin });
  return outside < MOST ? outside : MOST;
}
