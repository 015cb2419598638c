import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** x · sigmoid(x), also called swish. ONNX Runtime joins the two operators by itself. */
export function silu(m: Module, x: Value): Value {
  return m.node('Mul', [x, m.node('Sigmoid', [x], x.dims)], x.dims);
}

/** GELU by its approximation with tanh, as Wan and T5 were trained with. */
export function tanhGelu(m: Module, x: Value): Value {
  return m.node('Gelu', [x], x.dims, { attributes: { approximate: 'tanh' } });
}

/** Activations of text encoders by the names that their config.json uses. */
export const textActivations: Readonly<Record<string, (m: Module, x: Value) => Value>> = {
  /** x · Φ(x), exactly. */
  gelu: (m, x) => m.node('Gelu', [x], x.dims),
  /** x · sigmoid(1.702 x), OpenAI's CLIP. */
  quick_gelu: (m, x) => m.node('Mul', [x, m.node('Sigmoid', [m.node('Mul', [x, m.graph.numbers([1.702], [])], x.dims)], x.dims)], x.dims),
};
