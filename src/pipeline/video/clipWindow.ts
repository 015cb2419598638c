import { ArgumentError } from '../core/index.js';
import { rangeOutside, videoTruncated } from './errors.js';
import { framesIn, framesPerSecond, rateFromNumber } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import { frameAt } from './frameTimes.js';
import type { ProbedVideo } from './videoInfo.js';

/** Which part of a file to read, and how fast. */
export interface WindowOptions {
  /** Seconds from the first frame; default 0. */
  readonly start?: number | undefined;
  /** Seconds from the first frame, not included; default and limit: the end of the clip. */
  readonly end?: number | undefined;
  /** Frames per second to read at; default the file's own rate. */
  readonly fps?: number | undefined;
  /** Read no more frames than this. */
  readonly maxFrames?: number | undefined;
}

/** The part of a file that a clip covers, on a constant frame rate. */
export interface ClipWindow {
  /** Seconds from the file's first frame to the clip's. */
  readonly start: number;
  readonly rate: FrameRate;
  /** Frames in the clip. */
  readonly frameCount: number;
  /** Whether the clip keeps the file's rate, so that each of its frames is shown, as opposed to a sample in time. */
  readonly keepsFrames: boolean;
  /** False when the file's own length is only an estimate and the window reaches its end. */
  readonly exact: boolean;
}

/**
 * Places a window on a file.
 *
 * A clip that keeps its rate is cut at whole frames: `start` and `end` go to the nearest one, and frame k stands at place
 * `round(start * fps) + k` of the file. Any other clip is sampled: it has `round((end - start) * fps)` frames, and frame k is the
 * picture shown at `start + k / fps`.
 *
 * @throws ArgumentError for values that are no times or rates; FrameloomError `FL_VIDEO_RANGE` when
 * the window lies outside the clip, `FL_VIDEO_TRUNCATED` when it needs frames that are cut off.
 */
export function placeWindow(probed: ProbedVideo, options: WindowOptions): ClipWindow {
  const { info, slotCount } = probed;
  checkWindow(options);
  const { start = 0, maxFrames } = options;
  if (start >= info.duration) {
    throw rangeOutside(info.path, `start: ${start} s`, `${Number(info.duration.toFixed(3))} s`);
  }
  const rate = options.fps === undefined ? info.frameRate : rateFromNumber(options.fps);
  const fps = framesPerSecond(rate);
  const end = Math.min(options.end ?? Infinity, info.duration);
  const keepsFrames = Math.abs(fps / info.fps - 1) < 1e-6;
  const first = Math.min(Math.round(start * fps), slotCount - 1);
  const whole = keepsFrames ? Math.max(1, Math.min(Math.round(end * fps), slotCount) - first) : framesIn(end - start, rate);
  const frameCount = Math.min(whole, maxFrames ?? Infinity);
  if (probed.declaredFrames !== undefined && (options.end ?? Infinity) > info.duration && frameCount === whole) {
    throw videoTruncated(info.path, info.frameCount, probed.declaredFrames, info.duration);
  }
  return {
    start: keepsFrames ? first / fps : start,
    rate: keepsFrames ? info.frameRate : rate,
    frameCount,
    keepsFrames,
    exact: info.frameCountExact,
  };
}

/**
 * For each frame of a clip the frame of the file that it shows; ascending.
 *
 * A sample may be late for a frame by a sixteenth of its own length: enough to let frames that fall exactly on a moment belong
 * to it however their fraction was rounded.
 */
export function framesShown(
  { frameTimes, slots }: Pick<ProbedVideo, 'frameTimes' | 'slots'>,
  window: ClipWindow,
): (frame: number) => number {
  const fps = framesPerSecond(window.rate);
  const last = frameTimes.times.length - 1;
  if (!window.keepsFrames) return (frame) => frameAt(frameTimes.times, window.start + (frame + 1 / 16) / fps);
  const first = Math.round(window.start * fps);
  return slots ? (frame) => frameAt(slots, first + frame) : (frame) => Math.min(first + frame, last);
}

/** @throws ArgumentError for values that no clip could satisfy. */
export function checkWindow({ start = 0, end, fps, maxFrames }: WindowOptions): void {
  if (typeof start !== 'number' || !Number.isFinite(start) || start < 0)
    throw new ArgumentError('start', start, 'a number of seconds, 0 or more');
  if (end !== undefined && (typeof end !== 'number' || Number.isNaN(end) || end <= start)) {
    throw new ArgumentError('end', end, `a number of seconds above start (${start})`);
  }
  if (fps !== undefined) rateFromNumber(fps);
  if (maxFrames !== undefined && (!Number.isInteger(maxFrames) || maxFrames < 1)) {
    throw new ArgumentError('maxFrames', maxFrames, 'a whole number of at least 1');
  }
}
