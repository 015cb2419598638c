import { ArgumentError, type Frame } from '../core/index.js';
import { blockMatching, type Flow } from './blockMatching.js';
import { meanOf, requireFrames, requireSameShape } from './clips.js';

/** How {@link warpError} is measured. */
export interface WarpErrorOptions {
  /** The clip whose motion is followed: for an edit its source, as many frames of the same size. The measured clip itself by default. */
  readonly motionOf?: readonly Frame[];
  /** Side of the blocks whose motion is looked for, in pixels, 2 … 64; 8 by default. */
  readonly block?: number;
  /** Most pixels that a block may move from frame to frame, 1 … 64; 7 by default. */
  readonly reach?: number;
}

/**
 * Warp error: how far each frame is from the next one brought back along the motion, in places that are seen in both. Lai et al. 2018,
 * "Learning Blind Video Temporal Consistency", equation 6 with their code's mean over the channels: per pair the mean squared
 * difference of the levels (0 … 1) over places that are not hidden, and of that the mean over the pairs. Lower is steadier.
 *
 * The motion is found by matching blocks of brightness in whole pixels rather than by a network. Hidden is, after Sundaram, Brox & Keutzer 2010
 * ("Dense point trajectories by GPU-accelerated large displacement optical flow", section 3.2), where motion there and back do not
 * cancel: `|w + ŵ|² > 0.01 (|w|² + |ŵ|²) + 0.5`.
 * @returns 0 … 1; NaN for fewer than two frames, or where all is hidden.
 * @throws {ArgumentError} for frames of different sizes, or an option out of range.
 */
export function warpError(frames: readonly Frame[], options: WarpErrorOptions = {}): number {
  const { motionOf = frames, block = 8, reach = 7 } = options;
  requireFrames(frames, 'frames');
  if (motionOf !== frames) requireSameShape(motionOf, frames);
  for (const [name, value, least] of [
    ['block', block, 2],
    ['reach', reach, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least || value > 64) throw new ArgumentError(name, value, `a whole number from ${least} to 64`);
  const pairs = frames.slice(1).map((next, index) => {
    const [before, after] = [motionOf[index]!, motionOf[index + 1]!];
    return pairError(frames[index]!, next, blockMatching(before, after, { block, reach }), blockMatching(after, before, { block, reach }));
  });
  return meanOf(pairs.filter((error) => !Number.isNaN(error)));
}

/** The error of two neighbouring frames; NaN where nothing is seen in both. */
function pairError(frame: Frame, next: Frame, forth: Flow, back: Flow): number {
  const { width } = frame;
  let squares = 0;
  let values = 0;
  for (let pixel = 0; pixel < forth.right.length; pixel++) {
    const moved = pixel + forth.right[pixel]! + forth.down[pixel]! * width;
    if (isHidden([forth.right[pixel]!, forth.down[pixel]!], [back.right[moved]!, back.down[moved]!])) continue;
    for (let channel = 0; channel < 3; channel++) squares += (frame.data[3 * pixel + channel]! - next.data[3 * moved + channel]!) ** 2;
    values += 3;
  }
  return squares / 255 ** 2 / values;
}

function isHidden([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): boolean {
  return (ax + bx) ** 2 + (ay + by) ** 2 > 0.01 * (ax * ax + ay * ay + bx * bx + by * by) + 0.5;
}
