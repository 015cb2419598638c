import { silu } from './activations.js';
import { multiHeadAttention } from './attention.js';
import { type CausalOptions, causalConvolution, type FrameCaches } from './causalConvolution.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';

/** What F.normalize keeps lengths above. */
const SHORTEST = 1e-12;

/**
 * diffusers' `WanRMS_norm`: x / ‖x‖ over channels · √channels · gamma.
 *
 * @param axis of the channels: 1 in a clip, the last among tokens.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function channelNorm(m: Module, x: Value, axis = 1): Value {
  const channels = Number(x.dims[axis]);
  if (m.dims('gamma')[0] !== channels) throw m.wrongShape('gamma', `be for ${channels} channels`);
  const lengths = m.node(
    'ReduceL2',
    [x, m.graph.integers([axis])],
    x.dims.map((dim, i) => (i === axis ? 1 : dim)),
    { attributes: { keepdims: 1 } },
  );
  const unit = m.node('Div', [x, m.node('Max', [lengths, m.graph.numbers([SHORTEST], [])], lengths.dims)], x.dims);
  const gamma = m.weight('gamma', [channels, ...x.dims.slice(axis + 1).map(() => 1)]);
  return m.node('Mul', [unit, m.node('Mul', [gamma, m.graph.numbers([Math.sqrt(channels)], [])], gamma.dims)], x.dims);
}

/** diffusers' `WanResidualBlock`: norm, SiLU, causal convolution, twice; plus what came in. */
export function wanResnet(outer: Module, x: Value, { out, caches }: CausalOptions = {}): Value {
  const m = outer.after(x);
  let h = causalConvolution(m.at('conv1'), silu(m, channelNorm(m.at('norm1'), x)), { out, caches });
  const channels = Number(h.dims[1]);
  h = causalConvolution(m.at('conv2'), silu(m, channelNorm(m.at('norm2'), h)), { out: channels, caches });
  if (!m.has('conv_shortcut.weight')) m.at('conv1').requireChannels('weight', 1, channels, 'take');
  return m.add(h, m.has('conv_shortcut.weight') ? causalConvolution(m.at('conv_shortcut'), x, { out: channels }) : x);
}

/** diffusers' `WanMidBlock`: a residual block, attention of one head over the places of each frame, a residual block. */
export function wanMiddle(m: Module, x: Value, caches?: FrameCaches): Value {
  return wanResnet(m.at('resnets.1'), frameAttention(m.at('attentions.0'), wanResnet(m.at('resnets.0'), x, { caches })), { caches });
}

function frameAttention(outer: Module, x: Value): Value {
  const m = outer.after(x);
  const channels = Number(x.dims[1]);
  const last = m.transpose(x, [0, 2, 3, 4, 1]);
  const normal = channelNorm(m.at('norm'), last, 4);
  const places = m.node('Mul', [m.shapeOf(x, 3, 4), m.shapeOf(x, 4, 5)], [1]);
  const tokens = m.reshape(normal, [-1, places, channels], ['frames', 'places', channels]);
  const [q, k, v] = m.graph.split('Split', [linear(m.at('to_qkv'), tokens, 3 * channels)], Array<typeof tokens.dims>(3).fill(tokens.dims), {
    module: m.path,
    attributes: { axis: -1, num_outputs: 3 },
  }) as [Value, Value, Value];
  const mixed = linear(m.at('proj'), multiHeadAttention(m, q, k, v, 1), channels);
  return m.add(x, m.transpose(m.reshape(mixed, [m.shapeOf(last)], last.dims), [0, 4, 1, 2, 3]));
}
