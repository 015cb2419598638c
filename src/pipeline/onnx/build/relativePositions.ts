import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';

/**
 * Which bucket the distance of two tokens falls into, as T5's encoders have them: half of the buckets for keys behind the query, half for those before it.
 *
 * @param ids `[batch, tokens]`, for how many there are.
 * @param buckets how many in all.
 * @param farthest distance from which on all are in the last one.
 * @returns int64 `[queries, keys]`.
 */
export function relativePositionBuckets(m: Module, ids: Value, buckets: number, farthest: number): Value {
  const { graph } = m;
  const count = m.node('Squeeze', [m.shapeOf(ids, 1, 2), graph.integers([0])], []);
  const places = m.node('Range', [graph.integers([0], []), count, graph.integers([1], [])], ['tokens']);
  const keys = m.node('Unsqueeze', [places, graph.integers([0])], [1, 'tokens']);
  const queries = m.node('Unsqueeze', [places, graph.integers([1])], ['tokens', 1]);
  const pairs = ['tokens', 'tokens'];
  const distance = m.node('Sub', [keys, queries], pairs);
  const near = m.node('Clip', [distance, graph.integers([-farthest], []), graph.integers([farthest], [])], pairs);
  const table = Array.from({ length: 2 * farthest + 1 }, (_, i) => bucketOf(i - farthest, buckets, farthest));
  return m.node('Gather', [graph.integers(table), m.add(near, graph.integers([farthest], []))], pairs);
}

/** T5's `_relative_position_bucket`: small distances one by one, large ones by their logarithm, in single precision as there. */
function bucketOf(distance: number, buckets: number, farthest: number): number {
  const half = buckets / 2;
  const exact = half / 2;
  const away = Math.abs(distance);
  const side = distance > 0 ? half : 0;
  if (away < exact) return side + away;
  const { fround, log } = Math;
  const share = fround(fround(log(away / exact)) / fround(log(farthest / exact)));
  return side + Math.min(half - 1, exact + Math.floor(fround(share * (half - exact))));
}
