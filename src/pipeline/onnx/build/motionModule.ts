import { attention } from './attention.js';
import { feedForward } from './feedForward.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { groupNorm, layerNorm } from './normalization.js';

/** What diffusers fixes for the norm in front. */
const EPSILON = 1e-6;

/** How a motion module is made. */
export interface MotionModuleOptions {
  readonly heads: number;
  readonly groups: number;
  /** How many frames, `[1]`, int64. */
  readonly frames: Value;
  /** Frames that have a position: no call may have more. */
  readonly maxFrames: number;
}

/**
 * AnimateDiff's motion module (Guo et al. 2023; diffusers' `AnimateDiffTransformer3D`): at every place, attention over the frames; plus what came in.
 *
 * @param x `[batch · frames, channels, height, width]`.
 */
export function motionModule(outer: Module, x: Value, options: MotionModuleOptions): Value {
  const { heads, groups, frames, maxFrames } = options;
  const m = outer.after(x);
  const channels = Number(x.dims[1]);
  const split = m.reshape(x, [-1, frames, channels, m.shapeOf(x, 2, 4)], ['batch', 'frames', channels, ...x.dims.slice(2)]);
  const clip = m.transpose(split, [0, 2, 1, 3, 4]);
  // The norm sees all frames together.
  const normal = groupNorm(m.at('norm'), clip, groups, EPSILON);
  // [batch, width, height, frames, channels]: the order of places does not matter, if only the way back is the same.
  const last = m.transpose(normal, [0, 4, 3, 2, 1]);
  let h = linear(m.at('proj_in'), m.reshape(last, [-1, frames, channels], [`${x.dims[2]}*${x.dims[3]}`, 'frames', channels]));
  for (let block = 0; m.has(`transformer_blocks.${block}.norm1.weight`); block++)
    h = motionBlock(m.at(`transformer_blocks.${block}`), h, heads, maxFrames);
  const placed = m.reshape(linear(m.at('proj_out'), h, channels), [m.shapeOf(last)], last.dims);
  return m.add(m.reshape(m.transpose(placed, [0, 3, 4, 2, 1]), [m.shapeOf(x)], x.dims), x);
}

/** Both attentions are over the frames; what they are given, and only that, is told the positions. @param x `[places, frames, channels]`. */
function motionBlock(m: Module, x: Value, heads: number, maxFrames: number): Value {
  const table = positions(m, Number(x.dims[2]), maxFrames);
  const integers = (value: number) => m.graph.integers([value]);
  // As many as there are rows, which may be a window's.
  const position = m.node('Slice', [table, integers(0), m.shapeOf(x, 1, 2), integers(1)], [1, 'frames', x.dims[2]!]);
  let h = x;
  for (const i of [1, 2]) {
    const placed = m.add(layerNorm(m.at(`norm${i}`), h), position);
    h = m.add(attention(m.at(`attn${i}`), placed, placed, heads), h);
  }
  return m.add(feedForward(m.at('ff'), layerNorm(m.at('norm3'), h)), h);
}

/** Sines and cosines of the frame's number, `[1, frames, channels]`: the file's own, or the same computed anew. */
function positions(m: Module, channels: number, maxFrames: number): Value {
  if (m.has('pos_embed.pe')) {
    const dims = m.dims('pos_embed.pe');
    if (dims.length !== 3 || dims[0] !== 1 || dims[1] !== maxFrames || dims[2] !== channels)
      throw m.wrongShape('pos_embed.pe', `be [1, ${maxFrames}, ${channels}]`);
    return m.weight('pos_embed.pe');
  }
  const table = new Float32Array(maxFrames * channels);
  for (let frame = 0; frame < maxFrames; frame++) {
    for (let i = 0; i < channels; i += 2) {
      const angle = frame * Math.exp((-Math.log(10000) * i) / channels);
      table[frame * channels + i] = Math.sin(angle);
      table[frame * channels + i + 1] = Math.cos(angle);
    }
  }
  return m.graph.numbers(table, [1, maxFrames, channels]);
}
