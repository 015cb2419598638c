/** Index of the entry nearest to `frame`. */
export function nearest(frames: readonly number[], frame: number): number {
  let best = 0;
  frames.forEach((candidate, index) => {
    if (Math.abs(candidate - frame) < Math.abs((frames[best] ?? 0) - frame)) best = index;
  });
  return best;
}

/** Index of the last entry that is not after `frame`, of entries in ascending order. */
export function lastUpTo(frames: readonly number[], frame: number): number {
  const after = frames.findIndex((candidate) => candidate > frame);
  return after === -1 ? frames.length - 1 : Math.max(0, after - 1);
}

/** All indexes below `count`, spread first and dense later, so that a long timeline soon gives an idea of the whole. */
export function coarseToFine(count: number): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (let stride = 2 ** Math.ceil(Math.log2(Math.max(1, count))); stride >= 1; stride /= 2) {
    for (let index = 0; index < count; index += stride) {
      if (seen.has(index)) continue;
      seen.add(index);
      order.push(index);
    }
  }
  return order;
}
