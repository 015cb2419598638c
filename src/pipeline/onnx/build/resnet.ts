import { silu } from './activations.js';
import { convolution } from './convolution.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { groupNorm } from './normalization.js';

/** What the normalisations of a network have in common. */
export interface Norms {
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * diffusers' `ResnetBlock2D`: norm, SiLU, convolution, the time added to every place; norm, SiLU, convolution; plus what came in, through a
 * 1 × 1 convolution where the number of channels changes.
 * @param x `[batch, in, height, width]`.
 * @param time the time embedding after SiLU, `[batch or 1, channels]`; undefined in a VAE.
 * @param out channels of the result, where the configuration says.
 */
export function resnet(outer: Module, x: Value, time: Value | undefined, { groups, epsilon }: Norms, out?: number): Value {
  const m = outer.after(x);
  let h = convolution(m.at('conv1'), silu(m, groupNorm(m.at('norm1'), x, groups, epsilon)), { out });
  const channels = Number(h.dims[1]);
  if (time)
    h = m.add(
      h,
      m.node('Unsqueeze', [linear(m.at('time_emb_proj'), time, channels), m.graph.integers([2, 3])], [time.dims[0]!, channels, 1, 1]),
    );
  h = convolution(m.at('conv2'), silu(m, groupNorm(m.at('norm2'), h, groups, epsilon)), { out: channels });
  return m.add(m.has('conv_shortcut.weight') ? convolution(m.at('conv_shortcut'), x, { out: channels }) : sameChannels(m, x, channels), h);
}

function sameChannels(m: Module, x: Value, channels: number): Value {
  m.at('conv1').requireChannels('weight', 1, channels, 'take');
  return x;
}
