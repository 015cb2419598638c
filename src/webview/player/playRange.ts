/** The frames between which a clip plays and loops, both included. */
export interface PlayRange {
  readonly first: number;
  readonly last: number;
}

/** The whole of a clip. */
export function wholeRange(frames: number): PlayRange {
  return { first: 0, last: Math.max(0, frames - 1) };
}

/** Moves the in point to `frame`. An in point after the out point frees the out point, as editors do. */
export function withIn(range: PlayRange, frame: number, frames: number): PlayRange {
  const whole = wholeRange(frames);
  const first = Math.min(whole.last, Math.max(0, frame));
  return { first, last: first > range.last ? whole.last : range.last };
}

/** Moves the out point to `frame`; one before the in point frees the in point. */
export function withOut(range: PlayRange, frame: number, frames: number): PlayRange {
  const last = Math.min(wholeRange(frames).last, Math.max(0, frame));
  return { first: last < range.first ? 0 : range.first, last };
}

/** Whether the range leaves frames out. */
export function isPartial(range: PlayRange, frames: number): boolean {
  return range.first > 0 || range.last < frames - 1;
}

/**
 * The frame after (or before) `frame` in play.
 *
 * @returns undefined when play ends here because nothing loops.
 */
export function nextInPlay(range: PlayRange, frame: number, direction: 1 | -1, loop: boolean): number | undefined {
  if (direction === 1) {
    if (frame < range.first) return range.first;
    if (frame >= range.last) return loop ? range.first : undefined;
    return frame + 1;
  }
  if (frame > range.last) return range.last;
  if (frame <= range.first) return loop ? range.last : undefined;
  return frame - 1;
}
