import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';

/** diffusers' `FeedForward` with GEGLU: a linear of twice the width, whose second half, through GELU, gates the first; and back. Over the last axis. */
export function feedForward(m: Module, x: Value): Value {
  const wide = linear(m.at('net.0.proj'), x);
  const half = [...x.dims.slice(0, -1), Number(wide.dims.at(-1)) / 2];
  const [kept, gate] = m.graph.split('Split', [wide], [half, half], { module: m.path, attributes: { axis: -1, num_outputs: 2 } }) as [
    Value,
    Value,
  ];
  return linear(m.at('net.2'), m.node('Mul', [kept, m.node('Gelu', [gate], half)], half), Number(x.dims.at(-1)));
}
