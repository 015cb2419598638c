import { concatenate, type Tensor } from '../core/index.js';

/** Told after each call of a network how many rows of a clip (frames, windows, tiles) have gone through, of how many. It is awaited; what it throws ends the work. */
export type RowsWatch = (done: number, of: number) => void | Promise<void>;

/**
 * Runs rows (frames) through a graph a few at a time, so that memory does not grow with their number.
 *
 * @param batchAxis the graph's declared first axis: a number where every call must have exactly so many rows.
 * @param most rows of one call where the axis is free.
 * @param call one call: rows in, and the number of the first; as many rows out.
 * @param watch told after each call.
 */
export async function inBatches(
  rows: Tensor,
  batchAxis: number | string | undefined,
  most: number,
  call: (part: Tensor, start: number) => Promise<Tensor>,
  watch?: RowsWatch,
): Promise<Tensor> {
  const count = rows.dims[0]!;
  const exact = typeof batchAxis === 'number' && batchAxis > 0 ? batchAxis : undefined;
  const size = exact ?? Math.max(1, Math.floor(most));
  const outputs: Tensor[] = [];
  for (let start = 0; start < count; start += size) {
    const part = rows.slice(start, Math.min(start + size, count));
    const missing = exact ? exact - part.dims[0]! : 0;
    // A graph exported with a fixed batch gets its last row again and again; what it makes of those is dropped.
    const full = missing > 0 ? concatenate([part, ...Array<Tensor>(missing).fill(rows.slice(count - 1))]) : part;
    outputs.push((await call(full, start)).slice(0, part.dims[0]));
    await watch?.(Math.min(start + size, count), count);
  }
  return outputs.length === 1 ? outputs[0]! : concatenate(outputs);
}
