/** What a clip is measured by, each by its published definition. */
export { betterFirst } from './betterNumbers.js';
export { frameConsistency, promptAlignment } from './consistency.js';
export type { ClipEncoders, SeeingModel } from './encoders.js';
export { flicker } from './flicker.js';
export { type ClipMetrics, framesOf, measureClip, type MeasuredClip, type MeasureOptions } from './measureClip.js';
export { distance, meanSquaredError, psnr } from './psnr.js';
export type { Region } from './region.js';
export { ssim } from './ssim.js';
export { warpError, type WarpErrorOptions } from './warpError.js';
