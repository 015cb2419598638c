import type { GraphBuilder, Value } from './graphBuilder.js';
import { LORA_STRENGTHS } from './loraLayers.js';

/** strength · scale of one of some LoRAs, a single number that every call says; made once for all layers of a LoRA with the same scale. */
export function loraStrength(graph: GraphBuilder, { length }: { readonly length: number }, which: number, scale: number): Value {
  const all = graph.once('LoRA strengths', () => graph.input(LORA_STRENGTHS, [length]));
  const plain = graph.once(`strength of LoRA ${which}`, () =>
    graph.node('Gather', [all, graph.integers([which], [])], [], { module: 'lora' }),
  );
  if (scale === 1) return plain;
  return graph.once(`strength of LoRA ${which}, times ${scale}`, () =>
    graph.node('Mul', [plain, graph.numbers([scale], [])], [], { module: 'lora' }),
  );
}
