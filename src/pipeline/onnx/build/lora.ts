import type { Value } from './graphBuilder.js';
import { LORA_STRENGTHS, type LoraLayer } from './loraLayers.js';
import type { Module } from './module.js';

/** Half of a low-rank layer: `down` keeps the layer's own kernel, `up` is 1 × 1. */
export type LoraHalf = 'down' | 'up';

/**
 * A layer's result with what LoRAs add to it: y + Σ strength · scale · up(down(x)).
 *
 * The branches are computed beside the layer, in every call, so that a strength is an input of the graph and no copy of the layer's weights is made. The strength
 * is multiplied in where there are fewest numbers, between the two halves.
 * @param m the layer.
 * @param y what it gives without LoRAs.
 * @param apply one half, with its weights: a linear for a linear, a convolution for a convolution.
 */
export function withLoras(
  m: Module,
  x: Value,
  y: Value,
  apply: (half: LoraHalf, input: Value, layer: LoraLayer, weights: WeightsOf) => Value,
): Value {
  return (m.options.loras ?? []).reduce((sum, layers, i) => {
    const layer = layers.get(m.path);
    if (!layer) return sum;
    const weights: WeightsOf = (half, dims) => m.foreign(`lora.${i}.${m.path}.${half}`, layer[half], dims);
    const narrow = apply('down', x, layer, weights);
    const scaled = m.node('Mul', [narrow, strengthOf(m, i, layer.scale)], narrow.dims);
    return m.add(sum, apply('up', scaled, layer, weights));
  }, y);
}

/** Weights of a half, in the shape in which they are used. */
export type WeightsOf = (half: LoraHalf, dims: readonly number[]) => Value;

/** strength · scale, a single number; made once for all layers of a LoRA with the same scale. */
function strengthOf({ graph, options }: Module, which: number, scale: number): Value {
  const all = graph.once('LoRA strengths', () => graph.input(LORA_STRENGTHS, [options.loras!.length]));
  const plain = graph.once(`strength of LoRA ${which}`, () =>
    graph.node('Gather', [all, graph.integers([which], [])], [], { module: 'lora' }),
  );
  if (scale === 1) return plain;
  return graph.once(`strength of LoRA ${which}, times ${scale}`, () =>
    graph.node('Mul', [plain, graph.numbers([scale], [])], [], { module: 'lora' }),
  );
}
