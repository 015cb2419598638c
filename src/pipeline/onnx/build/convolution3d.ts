import { vector } from './convolution.js';
import type { Dim, Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** Three lengths: along time, height and width. */
export type Triple = readonly [number, number, number];

/** How a convolution runs over the frames of a clip. */
export interface Convolution3dOptions {
  /** 1 each by default. */
  readonly stride?: Triple;
  /** Zeros in front and behind along each axis: frames, top and left; frames, bottom and right. By default those of a causal convolution. */
  readonly pads?: readonly [number, number, number, number, number, number];
  /** Channels that must come out, where the configuration says. */
  readonly out?: number | undefined;
}

/**
 * Convolution over `[batch, in, frames, height, width]`. Weights are `[out, in, t, k, k]`, or `[out, in, k, k]` where every frame is convolved by itself.
 *
 * By default causal, as Wan's autoencoder has them: t − 1 frames of zeros in front and none behind, so that no frame depends on a later one.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function convolution3d(m: Module, x: Value, { stride = [1, 1, 1], pads, out }: Convolution3dOptions = {}): Value {
  const dims = m.dims('weight');
  const [channels, width] = dims as [number, number];
  const kernel = (dims.length === 4 ? [1, ...dims.slice(2)] : dims.slice(2)) as unknown as Triple;
  if (kernel.length !== 3 || kernel.some((length) => length % 2 === 0))
    throw m.wrongShape('weight', 'be a kernel of odd sides, [out, in, frames, height, width]');
  m.requireChannels('weight', 1, x.dims[1], 'take');
  m.requireChannels('weight', 0, out, 'give');
  const [top, left] = [(kernel[1] - 1) / 2, (kernel[2] - 1) / 2];
  const weight = m.weight('weight', [channels, width, ...kernel]);
  return m.node('Conv', [x, weight, vector(m, 'bias', channels)], [x.dims[0]!, channels, ...slid(x, stride)], {
    attributes: {
      kernel_shape: kernel,
      strides: stride,
      pads: pads ?? [kernel[0] - 1, top, left, 0, top, left],
      dilations: [1, 1, 1],
      group: 1,
    },
  });
}

/** Frames, height and width behind a stride: names of their own. */
function slid({ dims }: Value, stride: Triple): Dim[] {
  return dims.slice(2).map((dim, i) => (stride[i] === 1 ? dim : `${dim}/${stride[i]}`));
}

/** Frames from `start` up to but not including `end`; negative ones count from behind. @param frames the axis' name afterwards. */
export function framesOf(m: Module, x: Value, start: number, end: number, frames: Dim): Value {
  const [batch, channels, , height, width] = x.dims as [Dim, Dim, Dim, Dim, Dim];
  const cut = [[start], [end], [2]].map((values) => m.graph.integers(values));
  return m.node('Slice', [x, ...cut], [batch, channels, frames, height, width]);
}

/** One clip behind another. */
export function joinFrames(m: Module, parts: readonly [Value, ...Value[]], frames: Dim): Value {
  const [batch, channels, , height, width] = parts[0].dims as [Dim, Dim, Dim, Dim, Dim];
  return m.node('Concat', parts, [batch, channels, frames, height, width], { attributes: { axis: 2 } });
}
