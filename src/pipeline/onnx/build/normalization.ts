import { vector } from './convolution.js';
import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';

/**
 * `torch.nn.GroupNorm` over `[batch, channels, …]`: groups of channels are normalised over everything behind. Written as
 * InstanceNormalization over `[batch, groups, rest]`, as exporters do: com.microsoft's GroupNorm has no kernel for processors.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function groupNorm(m: Module, x: Value, groups: number, epsilon: number): Value {
  const [channels] = m.dims('weight');
  m.requireChannels('weight', 0, x.dims[1], 'take');
  if (channels === undefined || channels % groups !== 0) throw m.wrongShape('weight', `be divisible into ${groups} groups`);
  const flat = m.reshape(x, [0, groups, -1], [x.dims[0]!, groups, 'rest']);
  const plain = [1, 0].map((value) => m.graph.numbers(Array<number>(groups).fill(value)));
  const normal = m.node('InstanceNormalization', [flat, ...plain], flat.dims, { attributes: { epsilon: { float: epsilon } } });
  const view = [channels, ...x.dims.slice(2).map(() => 1)];
  const scaled = m.node('Mul', [m.reshape(normal, [m.shapeOf(x)], x.dims), vector(m, 'weight', channels, view)], x.dims);
  return m.add(scaled, vector(m, 'bias', channels, view));
}

/** `torch.nn.LayerNorm` over the last axis. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit. */
export function layerNorm(m: Module, x: Value, epsilon = 1e-5): Value {
  const channels = Number(x.dims.at(-1));
  return m.node('LayerNormalization', [x, vector(m, 'weight', channels), vector(m, 'bias', channels)], x.dims, {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
}

/**
 * Layer norm whose scale and shift come from the time, as in diffusion transformers (adaLN): norm(x) · (1 + scale) + shift. ONNX Runtime's LayerNormalization takes
 * both where a norm of its own would have weights.
 *
 * @param x `[batch, tokens, channels]`.
 * @param scale and shift: `[1 or batch, 1, channels]`.
 */
export function modulatedLayerNorm(m: Module, x: Value, { scale, shift }: { scale: Value; shift: Value }, epsilon: number): Value {
  return m.node('LayerNormalization', [x, m.add(scale, m.graph.numbers([1], [])), shift], x.dims, {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
}

/** `torch.nn.RMSNorm` over the last axis: x / √(mean of x² + ε) · weight. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit. */
export function rmsNorm(m: Module, x: Value, epsilon: number): Value {
  return m.node('SimplifiedLayerNormalization', [x, vector(m, 'weight', Number(x.dims.at(-1)))], x.dims, {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
}

/**
 * As {@link modulatedLayerNorm}, of a norm without weights whose scale and shift may differ from frame to frame: norm(x) · (1 + scale) + shift.
 *
 * @param kind of the norm: that of layers, or of roots of mean squares, x / √(mean of x² + ε).
 * @param x `[batch, frames, tokens of a frame, channels]`.
 * @param scale and shift: `[1, frames or 1, 1, channels]`.
 */
export function modulatedFrameNorm(
  m: Module,
  kind: 'LayerNormalization' | 'SimplifiedLayerNormalization',
  x: Value,
  { scale, shift }: { scale: Value; shift: Value },
  epsilon: number,
): Value {
  const ones = m.graph.numbers(Array<number>(Number(x.dims.at(-1))).fill(1));
  const normal = m.node(kind, [x, ones], x.dims, { attributes: { axis: -1, epsilon: { float: epsilon } } });
  return m.add(m.node('Mul', [normal, m.add(scale, m.graph.numbers([1], []))], x.dims), shift);
}
