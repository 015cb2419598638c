import type { Size } from '../../pipeline/video/index.js';

/** Pixels of all pictures together: decoded they take four bytes each in the page. */
const mostPixels = 48e6;
/** An output is at most 384 high; twice that serves screens of high density. */
const longestSide = 768;
/** Frames are left out before pictures get smaller than this. */
const shortestSide = 320;

/** Which frames of a clip are shown as pictures, and how large. */
export interface FramePlan {
  readonly size: Size;
  /** Every how manieth frame. */
  readonly every: number;
  /** The frames, from 0. */
  readonly frames: readonly number[];
}

/** Fits a clip into what a page can hold: smaller pictures first, then fewer of them. */
export function framePlan({ width, height, frameCount }: Size & { readonly frameCount: number }): FramePlan {
  const longest = Math.max(width, height);
  const wanted = Math.min(1, longestSide / longest, Math.sqrt(mostPixels / (width * height * frameCount)));
  const scale = Math.max(wanted, Math.min(1, shortestSide / longest));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const every = Math.max(1, Math.ceil((size.width * size.height * frameCount) / mostPixels));
  return { size, every, frames: Array.from({ length: Math.ceil(frameCount / every) }, (_, index) => index * every) };
}
