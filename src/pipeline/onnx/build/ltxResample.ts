import { framesOf, joinFrames, type Triple } from './convolution3d.js';
import type { Dim, Value } from './graphBuilder.js';
import { ltxConvolution } from './ltxAutoencoderBlocks.js';
import type { Module } from './module.js';

/** Beyond any frame. */
const END = 2 ** 31 - 1;

const placesOf = ([frames, height, width]: Triple) => frames * height * width;

/** Blocks of neighbouring places become channels, frames outermost. @param x `[batch, channels, frames, height, width]`, each axis a multiple of its stride. */
function placesToChannels(m: Module, x: Value, stride: Triple): Value {
  const [batch, channels, ...sides] = x.dims as [Dim, number, Dim, Dim, Dim];
  const along = sides.map((_, axis) => m.node('Div', [m.shapeOf(x, axis + 2, axis + 3), m.graph.integers([stride[axis]!])], [1]));
  const small = sides.map((side, axis) => (stride[axis] === 1 ? side : `${side}/${stride[axis]}`));
  const apart = m.reshape(
    x,
    [m.shapeOf(x, 0, 1), channels, ...along.flatMap((length, axis) => [length, stride[axis]!])],
    [batch, channels, ...small.flatMap((length, axis) => [length, stride[axis]!])],
  );
  const beside = m.transpose(apart, [0, 1, 3, 5, 7, 2, 4, 6]);
  const out = channels * placesOf(stride);
  return m.reshape(beside, [m.shapeOf(x, 0, 1), out, ...along], [batch, out, ...small]);
}

/** Back again: channels become blocks of 2 × 2 × 2 places, and the first of the doubled frames goes, which stands for nothing. */
function channelsToPlaces(m: Module, x: Value): Value {
  const [batch, channels, frames, height, width] = x.dims as [Dim, number, Dim, Dim, Dim];
  const out = channels / 8;
  const apart = m.reshape(x, [m.shapeOf(x, 0, 1), out, 2, 2, 2, m.shapeOf(x, 2, 5)], [batch, out, 2, 2, 2, frames, height, width]);
  const doubled = m.node('Mul', [m.shapeOf(x, 2, 5), m.graph.integers([2, 2, 2])], [3]);
  const places = m.reshape(
    m.transpose(apart, [0, 1, 5, 2, 6, 3, 7, 4]),
    [m.shapeOf(x, 0, 1), out, doubled],
    [batch, out, `2*${frames}`, `${height}*2`, `${width}*2`],
  );
  return framesOf(m, places, 1, END, `2*${frames}-1`);
}

/**
 * diffusers' `LTXVideoDownsampler3d`: blocks of places become channels, of what a convolution gives and, averaged to as many channels, of what came in; both are added.
 * Where frames shrink, the first one stands twice.
 */
export function ltxDownsample(outer: Module, x: Value, { stride, out, causal }: { stride: Triple; out: number; causal: boolean }): Value {
  const m = outer.after(x);
  const long = stride[0] === 1 ? x : joinFrames(m, [framesOf(m, x, 0, 1, 1), x], `${x.dims[2]}+1`);
  const packed = placesToChannels(m, long, stride);
  const [batch, channels, ...sides] = packed.dims as [Dim, number, ...Dim[]];
  if (channels % out !== 0) throw m.at('conv.conv').wrongShape('weight', `be for a divisor of ${channels} channels`);
  const group = channels / out;
  const apart = m.reshape(packed, [m.shapeOf(packed, 0, 1), out, group, m.shapeOf(packed, 2, 5)], [batch, out, group, ...sides]);
  const mean = m.node('ReduceMean', [apart, m.graph.integers([2])], [batch, out, ...sides], { attributes: { keepdims: 0 } });
  const changed = placesToChannels(m, ltxConvolution(m.at('conv'), long, { causal, out: out / placesOf(stride) }), stride);
  return m.add(changed, mean);
}

/** diffusers' `LTXVideoUpsampler3d`: a convolution whose channels become 2 × 2 × 2 places, plus, where it is `residual`, the channels that came in, likewise, repeated. */
export function ltxUpsample(
  outer: Module,
  x: Value,
  { factor, residual, causal }: { readonly factor: number; readonly residual: boolean; readonly causal: boolean },
): Value {
  const m = outer.after(x);
  const channels = Number(x.dims[1]);
  const grown = channelsToPlaces(m, ltxConvolution(m.at('conv'), x, { causal, out: (channels * 8) / factor }));
  if (!residual) return grown;
  const own = channelsToPlaces(m, x);
  const repeated = m.node('Concat', Array<Value>(8 / factor).fill(own), grown.dims, { attributes: { axis: 1 } });
  return m.add(grown, repeated);
}
