import type { Dim, Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** `[1, channels, frames, height, width]` as pictures, `[frames, channels, height, width]`. */
export function toPictures(m: Module, clip: Value): Value {
  const one = m.graph.integers([0]);
  return m.transpose(m.node('Squeeze', [clip, one], clip.dims.slice(1)), [1, 0, 2, 3]);
}

/** Back again. */
export function toClip(m: Module, pictures: Value): Value {
  const clip = m.transpose(pictures, [1, 0, 2, 3]);
  return m.node('Unsqueeze', [clip, m.graph.integers([0])], [1, ...clip.dims]);
}

/** Pictures from `start` up to but not including `end`; negative ones count from behind. @param count the axis' name afterwards. */
export function picturesOf(m: Module, x: Value, start: number, end: number, count: Dim): Value {
  const cut = [[start], [end], [0]].map((values) => m.graph.integers(values));
  return m.node('Slice', [x, ...cut], [count, ...x.dims.slice(1)]);
}

/** Pictures behind pictures. */
export function joinPictures(m: Module, parts: readonly [Value, ...Value[]], count: Dim): Value {
  return m.node('Concat', parts, [count, ...parts[0].dims.slice(1)], { attributes: { axis: 0 } });
}
