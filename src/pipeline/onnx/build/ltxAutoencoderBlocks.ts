import { silu } from './activations.js';
import { convolution3d, framesOf, joinFrames, type Triple } from './convolution3d.js';
import type { Dim, Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { layerNorm } from './normalization.js';
import { sinusoidsOf } from './timeEmbedding.js';

/** Of the norms of places; written into diffusers' code. */
const EPSILON = 1e-8;

/** Sinusoids of the timestep; written into diffusers' code. */
const TIME_WIDTH = 256;

/** Beyond any frame. */
const END = 2 ** 31 - 1;

/** How LTX-Video's convolutions run. */
export interface LtxConvolutionOptions {
  /** Whether no frame depends on a later one. */
  readonly causal: boolean;
  readonly stride?: Triple;
  /** Channels that must come out, where the configuration says. */
  readonly out?: number | undefined;
}

/**
 * diffusers' `LTXVideoCausalConv3d`: beyond its ends a clip goes on as its first frame, and, where it is not causal, as its last one; beyond its edges there are zeros.
 *
 * @param x `[batch, in, frames, height, width]`.
 */
export function ltxConvolution(outer: Module, x: Value, { causal, stride = [1, 1, 1], out }: LtxConvolutionOptions): Value {
  const m = outer.at('conv');
  const [, , long = 1, tall = 1, broad = 1] = m.dims('weight');
  const [before, after] = causal ? [long - 1, 0] : [(long - 1) / 2, (long - 1) / 2];
  const [first, last] = [Array<Value>(before).fill(framesOf(m, x, 0, 1, 1)), Array<Value>(after).fill(framesOf(m, x, -1, END, 1))];
  const longer = long === 1 ? x : joinFrames(m, [...first, x, ...last] as [Value, ...Value[]], `${x.dims[2]}+${long - 1}`);
  const [top, left] = [(tall - 1) / 2, (broad - 1) / 2];
  const y = convolution3d(m, longer, { stride, pads: [0, top, left, 0, top, left], ...(out === undefined ? {} : { out }) });
  const frames: Dim = stride[0] === 1 ? x.dims[2]! : `(${x.dims[2]}+1)/${stride[0]}`;
  return { ...y, dims: [...y.dims.slice(0, 2), frames, ...y.dims.slice(3)] };
}

/** x / √(mean over channels of x² + ε), place by place. @param x `[batch, channels, frames, height, width]`. */
export function placeNorm(m: Module, x: Value): Value {
  const [batch, channels, ...places] = x.dims as [Dim, number, ...Dim[]];
  const dims = [batch, 1, ...places];
  const squares = m.node('ReduceSumSquare', [x, m.graph.integers([1])], dims, { attributes: { keepdims: 1 } });
  const mean = m.node('Mul', [squares, m.graph.numbers([1 / channels], [])], dims);
  return m.node('Div', [x, m.node('Sqrt', [m.add(mean, m.graph.numbers([EPSILON], []))], dims)], x.dims);
}

/** What the decoder's blocks are told beside what comes in. */
export interface LtxDecoderInputs {
  /** How noisy the latents still are, `[timesteps]`, times the decoder's scale; undefined where it is not told. */
  readonly timestep?: Value | undefined;
  /** Noise that is added, two planes for each residual block, `[2 · blocks, height, width]`. */
  readonly noise?: Value | undefined;
}

/**
 * Shifts and scales that a timestep stands for, `count` values `[timesteps, channels, 1, 1, 1]`; of the module's `time_embedder`.
 *
 * @param timestep `[timesteps]`.
 */
export function timeOfBlock(m: Module, timestep: Value, count: number, channels: number): Value {
  const embedder = m.at('time_embedder.timestep_embedder');
  const sinusoids = sinusoidsOf(m, timestep, { width: TIME_WIDTH, flipSinToCos: true, freqShift: 0 });
  const time = linear(embedder.at('linear_2'), silu(m, linear(embedder.at('linear_1'), sinusoids)), count * channels);
  return m.reshape(time, [0, count, channels], [timestep.dims[0]!, count, channels]);
}

/** The module's `scale_shift_table` added to what the time says, each `[timesteps, channels, 1, 1, 1]`. @param time `[timesteps, count, channels]`. */
export function placeModulation(m: Module, time: Value, count: number, channels: number): Value[] {
  const sum = m.add(time, m.weight('scale_shift_table', [1, count, channels]));
  const [rows] = time.dims;
  return m.graph
    .split('Split', [sum], Array<readonly Dim[]>(count).fill([rows!, 1, channels]), {
      module: m.path,
      attributes: { axis: 1, num_outputs: count },
    })
    .map((row) => m.reshape(row, [-1, channels, 1, 1, 1], [rows!, channels, 1, 1, 1]));
}

/** x · (1 + scale) + shift. */
export function modulated(m: Module, x: Value, shift: Value, scale: Value): Value {
  return m.node('Add', [m.node('Mul', [x, m.add(scale, m.graph.numbers([1], []))], x.dims), shift], x.dims);
}

/** What a residual block is told. */
export interface LtxResnetOptions {
  readonly causal: boolean;
  readonly epsilon: number;
  /** Channels of the result, where the configuration says. */
  readonly out?: number;
  /** Four shifts and scales, `[timesteps, 4, channels]`. */
  readonly time?: Value | undefined;
  /** Two planes of noise, `[height, width]` each. */
  readonly noise?: readonly [Value, Value] | undefined;
}

/** diffusers' `LTXVideoResnetBlock3d`: norm, SiLU, convolution, twice, each perhaps modulated by the time and with noise added; plus what came in. */
export function ltxResnet(outer: Module, x: Value, { causal, epsilon, out, time, noise }: LtxResnetOptions): Value {
  const m = outer.after(x);
  const channels = Number(x.dims[1]);
  const [shift, scale, shift2, scale2] = time ? placeModulation(m, time, 4, channels) : [];
  const half = (name: 'conv1' | 'conv2', input: Value, width: number | undefined, by?: readonly [Value, Value]) => {
    const normal = placeNorm(m, input);
    return ltxConvolution(m.at(name), silu(m, by ? modulated(m, normal, ...by) : normal), { causal, out: width });
  };
  const noisy = (name: string, y: Value, plane: Value | undefined) => {
    if (!plane) return y;
    const strength = m.weight(name, [1, Number(y.dims[1]), 1, 1, 1]);
    return m.add(y, m.node('Mul', [strength, plane], [1, y.dims[1]!, 1, ...plane.dims]));
  };
  let h = noisy('per_channel_scale1', half('conv1', x, out, shift && [shift, scale!]), noise?.[0]);
  const width = Number(h.dims[1]);
  h = noisy('per_channel_scale2', half('conv2', h, width, shift2 && [shift2, scale2!]), noise?.[1]);
  if (width === channels) return m.add(h, x);
  const last = m.transpose(x, [0, 2, 3, 4, 1]);
  const normal = m.transpose(layerNorm(m.at('norm3'), last, epsilon), [0, 4, 1, 2, 3]);
  return m.add(h, ltxConvolution(m.at('conv_shortcut'), normal, { causal, out: width }));
}

/** Residual blocks one after the other, of as many channels as come in. */
export function ltxResnets(
  m: Module,
  x: Value,
  layers: number,
  { causal, epsilon }: { readonly causal: boolean; readonly epsilon: number },
  { timestep, noise }: LtxDecoderInputs = {},
): Value {
  const time = timestep && timeOfBlock(m, timestep, 4, Number(x.dims[1]));
  const plane = (which: number) =>
    m.node('Gather', [noise!, m.graph.integers([which], [])], noise!.dims.slice(1), { attributes: { axis: 0 } });
  for (let layer = 0; layer < layers; layer++)
    x = ltxResnet(m.at(`resnets.${layer}`), x, { causal, epsilon, time, noise: noise && [plane(2 * layer), plane(2 * layer + 1)] });
  return x;
}
