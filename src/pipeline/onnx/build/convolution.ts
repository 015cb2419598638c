import type { Value } from './graphBuilder.js';
import { weightsWithLoras, withLoras } from './lora.js';
import type { Module } from './module.js';

/** How a convolution runs over its input. */
export interface ConvolutionOptions {
  /** 1 by default; 2 halves height and width. */
  readonly stride?: 1 | 2;
  /** Zeros on each side: top, left, bottom, right. By default as many as keep the size. */
  readonly pads?: readonly [number, number, number, number];
  /** Channels that must come out, where the configuration says. */
  readonly out?: number;
}

/**
 * `torch.nn.Conv2d`: `[batch, in, height, width]` → `[batch, out, height / stride, width / stride]`. Weights are `[out, in, k, k]`, with a bias
 * or without.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function convolution(layer: Module, x: Value, { stride = 1, pads, out }: ConvolutionOptions = {}): Value {
  const m = layer.after(x);
  const dims = m.dims('weight');
  const [channels, width, size, otherSize] = dims as [number, number, number, number];
  if (dims.length !== 4 || size !== otherSize || size % 2 === 0)
    throw m.wrongShape('weight', 'be a square kernel of odd size, [out, in, size, size]');
  m.requireChannels('weight', 1, x.dims[1], 'take');
  m.requireChannels('weight', 0, out, 'give');
  const around = (size - 1) / 2;
  const window = { size, stride, pads: pads ?? ([around, around, around, around] as const) };
  const bias = m.has('bias') ? [vector(m, 'bias', channels)] : [];
  const changed = weightsWithLoras(m, x, [channels, width * size * size]);
  const kernel = changed ? m.reshape(changed, dims, dims) : m.weight('weight');
  const y = slidingWindow(m, x, [kernel, ...bias], window);
  if (changed) return y;
  return withLoras(m, x, y, (half, input, { rank }, weights) =>
    half === 'down'
      ? slidingWindow(m, input, [weights(half, [rank, width, size, size])], window)
      : slidingWindow(m, input, [weights(half, [channels, rank, 1, 1])], onePixel),
  );
}

/** How a kernel runs over a map. */
interface Window {
  readonly size: number;
  readonly stride: 1 | 2;
  readonly pads: readonly [number, number, number, number];
}

const onePixel: Window = { size: 1, stride: 1, pads: [0, 0, 0, 0] };

/** ONNX's `Conv`. @param weights the kernel `[out, in, size, size]`, and a bias where there is one. */
function slidingWindow(m: Module, x: Value, weights: readonly [Value, ...Value[]], { size, stride, pads }: Window): Value {
  return m.node('Conv', [x, ...weights], [x.dims[0]!, weights[0].dims[0]!, ...slid(x, stride)], {
    attributes: { kernel_shape: [size, size], strides: [stride, stride], pads, dilations: [1, 1], group: 1 },
  });
}

/** Height and width behind a stride: names of their own. */
function slid({ dims }: Value, stride: number) {
  return dims.slice(2).map((dim) => (stride === 1 ? dim : `${dim}/${stride}`));
}

/** A weight with one number for each channel. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` where it has another number of them. */
export function vector(m: Module, tensor: string, channels: number, view: readonly number[] = [channels]): Value {
  const dims = m.dims(tensor);
  if (dims.length !== 1 || dims[0] !== channels) throw m.wrongShape(tensor, `be [${channels}]`);
  return m.weight(tensor, view);
}

/**
 * Nearest-neighbour enlargement, then the convolution `conv`.
 *
 * @param like a map whose height and width it is enlarged to, so that sides need not be multiples of anything, as in diffusers;
 * without it to twice the size.
 */
export function upsample(m: Module, x: Value, like?: Value): Value {
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const enlarged = like
    ? m.node(
        'Resize',
        [x, undefined, undefined, m.joined([m.shapeOf(x, 0, 2), m.shapeOf(like, 2, 4)])],
        [...x.dims.slice(0, 2), ...like.dims.slice(2)],
        { attributes },
      )
    : m.node(
        'Resize',
        [x, undefined, m.graph.numbers([1, 1, 2, 2])],
        [...x.dims.slice(0, 2), ...x.dims.slice(2).map((dim) => `${dim}*2`)],
        { attributes },
      );
  return convolution(m.at('conv'), enlarged, { out: Number(x.dims[1]) });
}
