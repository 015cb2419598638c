import type { FrameTimes } from './videoInfo.js';

/** A part of a clip at a lower rate than its file's. */
export interface Sampling {
  /** Seconds from the file's first frame to the moment that the part's first frame shows. */
  readonly start: number;
  /** Seconds from one frame of the clip to the next. */
  readonly step: number;
  /** Frames of the part. */
  readonly count: number;
  /** The first and last frame of the file that are shown. */
  readonly first: number;
  readonly last: number;
}

/** Frames before long gaps that are let through by name; more would make the expression slow. */
const mostExceptions = 60;

/**
 * A filter that leaves out most frames that a slower clip does not show, before they are converted and handed over. It may let
 * through some more than needed, and never leaves out one that is: a frame is shown when a moment of the clip falls before
 * the next frame.
 *
 * Times of the stream must be in microseconds.
 */
export function thinningFilters({ times, clock, inOrder }: FrameTimes, { start, step, count, first, last }: Sampling): string[] {
  if (inOrder || last - first + 1 < 1.5 * count) return [];
  const gaps = Array.from({ length: last - first + 1 }, (_, index) => (times[first + index + 1] ?? Infinity) - (times[first + index] ?? 0));
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length * 0.9)] ?? Infinity;
  const long = gaps.flatMap((gap, index) => (gap > usual * 1.001 ? [clock[first + index] ?? 0] : []));
  if (!(usual < 0.7 * step) || long.length > mostExceptions) return [];
  // Some moment after the last frame, so that what is left of the distance to it is never negative.
  const beyond = (clock[0] ?? 0) + start + step * (count + 16);
  const exceptions = long.map((time) => `+between(pts,${Math.round(time * 1e6) - 2},${Math.round(time * 1e6) + 2})`);
  return [
    `select='lt(mod(${(beyond * 1e6).toFixed(1)}-pts,${(step * 1e6).toFixed(3)}),${(usual * 1e6 + 4).toFixed(1)})${exceptions.join('')}'`,
  ];
}
