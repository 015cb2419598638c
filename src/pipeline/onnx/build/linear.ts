import { vector } from './convolution.js';
import type { Value } from './graphBuilder.js';
import { weightsWithLoras, withLoras } from './lora.js';
import type { Module } from './module.js';

/**
 * `torch.nn.Linear`: y = x·Wᵀ + b over the last axis of x, of any rank. W is `[out, in]`, or `[out, in, 1, 1]` where a 1 × 1 convolution is
 * meant. `FusedMatMul` takes the matrix as it lies in the file; a Transpose would make a copy of it at load.
 * @param out channels that must come out, where the configuration says.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function linear(layer: Module, x: Value, out?: number): Value {
  const m = layer.after(x);
  const [channels, width, ...kernel] = m.dims('weight');
  if (channels === undefined || width === undefined || kernel.some((side) => side !== 1))
    throw m.wrongShape('weight', 'be a matrix [out, in]');
  m.requireChannels('weight', 1, x.dims.at(-1), 'take');
  m.requireChannels('weight', 0, out, 'give');
  const changed = weightsWithLoras(m, x, [channels, width]);
  const product = matrixProduct(m, x, changed ?? m.weight('weight', [channels, width]), channels);
  const y = m.has('bias') ? m.add(product, vector(m, 'bias', channels)) : product;
  if (changed) return y;
  return withLoras(m, x, y, (half, input, { rank }, weights) =>
    half === 'down'
      ? matrixProduct(m, input, weights(half, [rank, width]), rank)
      : matrixProduct(m, input, weights(half, [channels, rank]), channels),
  );
}

/** x·Wᵀ. @param matrix W, `[out, in]`. */
function matrixProduct(m: Module, x: Value, matrix: Value, out: number): Value {
  return m.node('FusedMatMul', [x, matrix], [...x.dims.slice(0, -1), out], { domain: 'com.microsoft', attributes: { transB: 1 } });
}
