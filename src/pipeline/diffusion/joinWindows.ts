import { concatenate, type Tensor } from '../core/index.js';

/** What came out of one window of frames. */
export interface WindowPart {
  /** Index of its first frame in the clip. */
  start: number;
  /** One row a frame: `[frames, …]`. */
  rows: Tensor;
  /** Index of the first frame of the next window; undefined for the last. */
  nextStart: number | undefined;
}

/**
 * Joins windows to one clip: frames that two windows share go over from one to the other, frame by frame in equal shares.
 *
 * @returns the clip in pieces, each as soon as no further window can change it.
 */
export async function* joinWindows(parts: AsyncIterable<WindowPart> | Iterable<WindowPart>): AsyncGenerator<Tensor> {
  let tail: Tensor | undefined;
  for await (const { start, rows, nextStart } of parts) {
    const joined = tail ? crossFade(tail, rows) : rows;
    const done = nextStart === undefined ? rows.dims[0]! : nextStart - start;
    tail = done < rows.dims[0]! ? joined.slice(done) : undefined;
    yield joined.slice(0, done);
  }
}

/** Goes over from `before` to the first rows of `after`. */
function crossFade(before: Tensor, after: Tensor): Tensor {
  const shared = before.dims[0]!;
  const rowSize = before.size / shared;
  const mixed = before.map((value, i) => {
    const weight = (Math.floor(i / rowSize) + 1) / (shared + 1);
    return (1 - weight) * value + weight * after.data[i]!;
  });
  return concatenate([mixed, after.slice(shared)]);
}
