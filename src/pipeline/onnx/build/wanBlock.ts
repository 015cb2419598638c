import { tanhGelu } from './activations.js';
import { multiHeadAttention } from './attention.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { modulation } from './modulation.js';
import { layerNorm, modulatedLayerNorm, rmsNorm } from './normalization.js';
import { type RotaryAngles, rotate } from './rotaryEmbedding.js';

/** Shape of every block of a Wan transformer. */
export interface WanBlockShape {
  /** Heads of each attention. */
  readonly heads: number;
  /** Channels of all heads together, which are those of the tokens. */
  readonly channels: number;
  /** Of all norms. */
  readonly epsilon: number;
  /** Whether the tokens are normalised before they look at the text. */
  readonly normalisesForText: boolean;
}

/** What every block of a Wan transformer is told. */
export interface WanBlockInputs {
  /** `[batch, words, channels]`. */
  readonly text: Value;
  /** Six shifts, scales and gates, `[1 or batch, 6, channels]`. */
  readonly time: Value;
  /** Where the tokens stand. */
  readonly angles: RotaryAngles;
}

/**
 * diffusers' `WanTransformerBlock`: self-attention over all tokens of the clip and a feed-forward, each modulated and gated by the time; attention to the text
 * between, without a gate.
 *
 * @param x `[batch, tokens, channels]`.
 */
export function wanBlock(outer: Module, x: Value, { text, time, angles }: WanBlockInputs, shape: WanBlockShape): Value {
  const m = outer.after(x);
  const { channels, epsilon } = shape;
  const [shift, scale, gate, shift2, scale2, gate2] = modulation(m, time, 6, channels) as [Value, Value, Value, Value, Value, Value];
  const gated = (change: Value, by: Value) => m.add(x, m.node('Mul', [change, by], x.dims));
  const normal = modulatedLayerNorm(m, x, { scale, shift }, epsilon);
  x = gated(wanAttention(m.at('attn1'), normal, normal, shape, angles), gate);
  x = m.add(x, wanAttention(m.at('attn2'), shape.normalisesForText ? layerNorm(m.at('norm2'), x, epsilon) : x, text, shape));
  const wide = linear(m.at('ffn.net.0.proj'), modulatedLayerNorm(m, x, { scale: scale2, shift: shift2 }, epsilon));
  return gated(linear(m.at('ffn.net.2'), tanhGelu(m, wide), channels), gate2);
}

/** Attention whose queries and keys are normalised over all heads together; with `angles` of tokens among themselves. */
function wanAttention(m: Module, x: Value, context: Value, { heads, channels, epsilon }: WanBlockShape, angles?: RotaryAngles): Value {
  const projected = (name: 'q' | 'k', from: Value) => {
    const normal = rmsNorm(m.at(`norm_${name}`), linear(m.at(`to_${name}`), from, channels), epsilon);
    return angles ? rotate(m, normal, angles, heads) : normal;
  };
  const mixed = multiHeadAttention(m, projected('q', x), projected('k', context), linear(m.at('to_v'), context, channels), heads);
  return linear(m.at('to_out.0'), mixed, channels);
}
