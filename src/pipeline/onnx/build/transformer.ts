import { attention } from './attention.js';
import { convolution } from './convolution.js';
import { feedForward } from './feedForward.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { groupNorm, layerNorm } from './normalization.js';

/** What diffusers fixes for the norm in front of a transformer, whatever `norm_eps` says. */
const EPSILON = 1e-6;

/** How a transformer is made. */
export interface TransformerOptions {
  /** Heads of each attention. */
  readonly heads: number;
  /** Groups of the norm in front. */
  readonly groups: number;
  /** Blocks, one after the other. */
  readonly depth: number;
}

/**
 * diffusers' `Transformer2DModel`: places become tokens, blocks of self-attention, attention to the text and feed-forward; back to places; plus
 * what came in. The projections around are 1 × 1 convolutions (Stable Diffusion 1.x) or linears (2.x), which are the same numbers.
 * @param x `[batch, channels, height, width]`.
 * @param text `[batch, tokens, channels]`.
 */
export function transformer(outer: Module, x: Value, text: Value, { heads, groups, depth }: TransformerOptions): Value {
  const m = outer.after(x);
  const isLinear = m.dims('proj_in.weight').length === 2;
  const normal = groupNorm(m.at('norm'), x, groups, EPSILON);
  let tokens = isLinear ? linear(m.at('proj_in'), toTokens(m, normal)) : toTokens(m, convolution(m.at('proj_in'), normal));
  for (let i = 0; i < depth; i++) tokens = transformerBlock(m.at(`transformer_blocks.${i}`), tokens, text, heads);
  const channels = Number(x.dims[1]);
  const places = isLinear
    ? toPlaces(m, linear(m.at('proj_out'), tokens, channels), x)
    : convolution(m.at('proj_out'), toPlaces(m, tokens, x), { out: channels });
  return m.add(places, x);
}

/** diffusers' `BasicTransformerBlock`. @param x `[batch, tokens, channels]`. */
function transformerBlock(m: Module, x: Value, text: Value, heads: number): Value {
  const normal = layerNorm(m.at('norm1'), x);
  let h = m.add(attention(m.at('attn1'), normal, normal, heads), x);
  h = m.add(attention(m.at('attn2'), layerNorm(m.at('norm2'), h), text, heads), h);
  return m.add(feedForward(m.at('ff'), layerNorm(m.at('norm3'), h)), h);
}

/** `[batch, channels, height, width]` → `[batch, height · width, channels]`. */
export function toTokens(m: Module, x: Value): Value {
  const [batch, channels, height, width] = x.dims as [string, number, string, string];
  return m.transpose(m.reshape(x, [0, 0, -1], [batch, channels, `${height}*${width}`]), [0, 2, 1]);
}

/** Back again. @param like what has the height and width; the number of channels may be another. */
export function toPlaces(m: Module, tokens: Value, like: Value): Value {
  const channels = Number(tokens.dims[2]);
  const shape = channels === like.dims[1] ? [m.shapeOf(like)] : [m.shapeOf(like, 0, 1), channels, m.shapeOf(like, 2, 4)];
  return m.reshape(m.transpose(tokens, [0, 2, 1]), shape, [tokens.dims[0]!, channels, ...like.dims.slice(2)]);
}
