import { tanhGelu } from './activations.js';
import { multiHeadAttention } from './attention.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { LtxConfig } from './ltxConfig.js';
import type { Module } from './module.js';
import { modulation } from './modulation.js';
import { modulatedRmsNorm, rmsNorm } from './normalization.js';
import { type RotaryAngles, rotate } from './rotaryEmbedding.js';

/** Of the norms of queries and keys; written into diffusers' code. */
const EPSILON_OF_KEYS = 1e-5;

/** What every block of LTX-Video's transformer is told. */
export interface LtxBlockInputs {
  /** `[batch, words, channels]`. */
  readonly text: Value;
  /** Six shifts, scales and gates, `[1 or batch, 6, channels]`. */
  readonly time: Value;
  /** Where the tokens stand. */
  readonly angles: RotaryAngles;
}

/**
 * diffusers' `LTXVideoTransformerBlock`: self-attention over all tokens of the clip and a feed-forward, each modulated and gated by the time; attention to the text
 * between, of tokens as they are, without a gate.
 *
 * @param x `[batch, tokens, channels]`.
 */
export function ltxBlock(outer: Module, x: Value, { text, time, angles }: LtxBlockInputs, config: LtxConfig): Value {
  const m = outer.after(x);
  const { channels, epsilon } = config;
  const [shift, scale, gate, shift2, scale2, gate2] = modulation(m, time, 6, channels) as [Value, Value, Value, Value, Value, Value];
  const gated = (change: Value, by: Value) => m.add(x, m.node('Mul', [change, by], x.dims));
  const normal = modulatedRmsNorm(m, x, { scale, shift }, epsilon);
  x = gated(ltxAttention(m.at('attn1'), normal, normal, config, angles), gate);
  x = m.add(x, ltxAttention(m.at('attn2'), x, text, config));
  const wide = linear(m.at('ff.net.0.proj'), modulatedRmsNorm(m, x, { scale: scale2, shift: shift2 }, epsilon));
  return gated(linear(m.at('ff.net.2'), tanhGelu(m, wide), channels), gate2);
}

/** Attention whose queries and keys are normalised, and with `angles` turned, over all heads together. */
function ltxAttention(m: Module, x: Value, context: Value, { heads, channels }: LtxConfig, angles?: RotaryAngles): Value {
  const projected = (name: 'q' | 'k', from: Value) => {
    const normal = rmsNorm(m.at(`norm_${name}`), linear(m.at(`to_${name}`), from, channels), EPSILON_OF_KEYS);
    return angles ? rotate(m, normal, angles, 1) : normal;
  };
  const mixed = multiHeadAttention(m, projected('q', x), projected('k', context), linear(m.at('to_v'), context, channels), heads);
  return linear(m.at('to_out.0'), mixed, channels);
}
