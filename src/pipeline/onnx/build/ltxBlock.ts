import { tanhGelu } from './activations.js';
import { multiHeadAttention } from './attention.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { LtxConfig } from './ltxConfig.js';
import type { Module } from './module.js';
import { modulation } from './modulation.js';
import { modulatedFrameNorm, rmsNorm } from './normalization.js';
import { type RotaryAngles, rotate } from './rotaryEmbedding.js';

/** Of the norms of queries and keys; written into diffusers' code. */
const EPSILON_OF_KEYS = 1e-5;

/** What every block of LTX-Video's transformer is told. */
export interface LtxBlockInputs {
  /** `[batch, words, channels]`. */
  readonly text: Value;
  /** Six shifts, scales and gates, for all frames or for each, `[1 or frames, 6, channels]`. */
  readonly time: Value;
  /** How many latent frames there are, `[1]`. */
  readonly frames: Value;
  /** Where the tokens stand. */
  readonly angles: RotaryAngles;
}

/**
 * diffusers' `LTXVideoTransformerBlock`: self-attention over all tokens of the clip and a feed-forward, each modulated and gated by the time; attention to the text
 * between, of tokens as they are, without a gate.
 *
 * @param x `[batch, tokens, channels]`.
 */
export function ltxBlock(outer: Module, x: Value, { text, time, frames, angles }: LtxBlockInputs, config: LtxConfig): Value {
  const m = outer.after(x);
  const { channels, epsilon } = config;
  const parts = modulation(m, time, 6, channels).map((part) => ofFrames(m, part));
  const [shift, scale, gate, shift2, scale2, gate2] = parts as [Value, Value, Value, Value, Value, Value];
  const gated = (change: Value, by: Value) =>
    m.add(
      x,
      inFrames(m, change, frames, (each) => m.node('Mul', [each, by], each.dims)),
    );
  const normalised = (by: { scale: Value; shift: Value }) =>
    inFrames(m, x, frames, (each) => modulatedFrameNorm(m, 'SimplifiedLayerNormalization', each, by, epsilon));
  const normal = normalised({ scale, shift });
  x = gated(ltxAttention(m.at('attn1'), normal, normal, config, angles), gate);
  x = m.add(x, ltxAttention(m.at('attn2'), x, text, config));
  const wide = linear(m.at('ff.net.0.proj'), normalised({ scale: scale2, shift: shift2 }));
  return gated(linear(m.at('ff.net.2'), tanhGelu(m, wide), channels), gate2);
}

/** Values `[1 or frames, 1, channels]` as they are broadcast over the tokens of the frames: `[1, 1 or frames, 1, channels]`. */
export function ofFrames(m: Module, value: Value): Value {
  return m.node('Unsqueeze', [value, m.graph.integers([0])], [1, ...value.dims]);
}

/** Does something to tokens `[batch, tokens, channels]` that are seen frame by frame, `[batch, frames, tokens of a frame, channels]`; nothing is copied. */
export function inFrames(m: Module, x: Value, frames: Value, change: (each: Value) => Value): Value {
  const channels = Number(x.dims[2]);
  const seen = m.reshape(x, [0, frames, -1, channels], [x.dims[0]!, 'frames', 'height*width', channels]);
  return m.reshape(change(seen), [0, -1, channels], x.dims);
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
