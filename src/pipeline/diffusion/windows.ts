/** A run of neighbouring frames that are worked on together. */
export interface Window<T> {
  /** Index of its first frame in the clip. */
  start: number;
  /** Its frames. */
  frames: T[];
  /** Index of the first frame of the next window; undefined for the last. Frames from there on belong to both. */
  nextStart: number | undefined;
}

/**
 * Cuts a stream of frames into overlapping windows, holding no more than two windows of frames.
 *
 * Every window has `size` frames, unless the whole clip is shorter; the last one starts earlier rather than be short.
 *
 * @param overlap frames that neighbours share, below `size`.
 */
export async function* slidingWindows<T>(frames: AsyncIterable<T>, size: number, overlap: number): AsyncGenerator<Window<T>> {
  let start = 0;
  let held: T[] = [];
  let ready: Window<T> | undefined;
  for await (const frame of frames) {
    held.push(frame);
    const wanted = ready ? ready.start + 2 * size - overlap : size;
    if (start + held.length < wanted) continue;
    // A window is handed out only when the next one is complete, since it must know where that starts.
    const nextStart: number = ready ? ready.start + size - overlap : 0;
    if (ready) yield { ...ready, nextStart };
    held = held.slice(nextStart - start);
    start = nextStart;
    ready = { start, frames: held.slice(0, size), nextStart: undefined };
  }
  const end = start + held.length;
  if (!ready) {
    if (held.length > 0) yield { start: 0, frames: held, nextStart: undefined };
    return;
  }
  const lastStart = end - size;
  if (lastStart === ready.start) {
    yield ready;
    return;
  }
  yield { ...ready, nextStart: lastStart };
  yield { start: lastStart, frames: held.slice(lastStart - start), nextStart: undefined };
}

/** How many windows a clip of `frames` frames makes. */
export function countWindows(frames: number, size: number, overlap: number): number {
  return frames <= size ? 1 : 1 + Math.ceil((frames - size) / (size - overlap));
}

/** Where a window stands in its clip. */
export interface WindowSpan {
  /** Index of its first frame. */
  readonly start: number;
  /** Index after its last. */
  readonly end: number;
  /** Index of the first frame of the next window; undefined for the last. */
  readonly nextStart: number | undefined;
}

/** The windows that {@link slidingWindows} makes of a clip of `frames` frames. */
export function windowSpans(frames: number, size: number, overlap: number): WindowSpan[] {
  const length = Math.min(size, frames);
  const starts = Array.from({ length: countWindows(frames, size, overlap) }, (_, i) => Math.min(i * (size - overlap), frames - length));
  return starts.map((start, i) => ({ start, end: start + length, nextStart: starts[i + 1] }));
}
