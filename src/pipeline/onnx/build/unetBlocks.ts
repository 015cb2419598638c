import { convolution, upsample } from './convolution.js';
import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';
import { resnet } from './resnet.js';
import { transformer } from './transformer.js';
import type { UNetConfig } from './unetConfig.js';

/** What every block of a UNet is told. */
export interface Conditions {
  /** The time embedding, `[batch or 1, channels]`. */
  readonly time: Value;
  /** Text embeddings `[batch, tokens, channels]`. */
  readonly text: Value;
  /** What is done to the maps after each layer's resnet and transformer: the motion module of that name, where there is one. */
  readonly motion?: (m: Module, x: Value, level: number) => Value;
}

/** Maps on their way through a UNet, and those that the way up will take in again. */
export interface DownResult {
  readonly x: Value;
  readonly skips: readonly Value[];
}

/** The way down: `down_blocks` (diffusers' `CrossAttnDownBlock2D` and `DownBlock2D`). Each layer's result, and each halved map, is kept for the way up. */
export function downBlocks(m: Module, first: Value, { time, text, motion }: Conditions, config: UNetConfig): DownResult {
  const { channels, layers, heads, depth, downAttention, norms } = config;
  const skips = [first];
  let x = first;
  for (const [level, width] of channels.entries()) {
    const block = m.at(`down_blocks.${level}`);
    for (let layer = 0; layer < layers[level]!; layer++) {
      x = resnet(block.at(`resnets.${layer}`), x, time, norms, width);
      if (downAttention[level])
        x = transformer(block.at(`attentions.${layer}`), x, text, { heads: heads[level]!, groups: norms.groups, depth: depth[level]! });
      if (motion) x = motion(block.at(`motion_modules.${layer}`), x, level);
      skips.push(x);
    }
    if (level === channels.length - 1) break;
    x = convolution(block.at('downsamplers.0.conv'), x, { stride: 2, out: width });
    skips.push(x);
  }
  return { x, skips };
}

/** The middle: `mid_block` (diffusers' `UNetMidBlock2DCrossAttn`), resnet, transformer, resnet. */
export function middleBlock(
  m: Module,
  x: Value,
  { time, text, motion }: Conditions,
  { channels, heads, depth, norms, hasMiddle }: UNetConfig,
): Value {
  if (!hasMiddle) return x;
  const block = m.at('mid_block');
  const [width, level] = [channels.at(-1)!, channels.length - 1];
  let h = resnet(block.at('resnets.0'), x, time, norms, width);
  h = transformer(block.at('attentions.0'), h, text, { heads: heads.at(-1)!, groups: norms.groups, depth: depth.at(-1)! });
  if (motion) h = motion(block.at('motion_modules.0'), h, level);
  return resnet(block.at('resnets.1'), h, time, norms, width);
}

/** The way up: `up_blocks` (diffusers' `CrossAttnUpBlock2D` and `UpBlock2D`). Each layer takes in the map that the way down left last. */
export function upBlocks(m: Module, { x: middle, skips }: DownResult, { time, text, motion }: Conditions, config: UNetConfig): Value {
  const { channels, layers, heads, depth, upAttention, norms } = config;
  const left = [...skips];
  let x = middle;
  for (const [up, withAttention] of upAttention.entries()) {
    const block = m.at(`up_blocks.${up}`);
    const level = channels.length - 1 - up;
    for (let layer = 0; layer <= layers[level]!; layer++) {
      const skip = left.pop()!;
      const joined = m.node('Concat', [x, skip], [x.dims[0]!, Number(x.dims[1]) + Number(skip.dims[1]), ...skip.dims.slice(2)], {
        attributes: { axis: 1 },
      });
      x = resnet(block.at(`resnets.${layer}`), joined, time, norms, channels[level]);
      if (withAttention)
        x = transformer(block.at(`attentions.${layer}`), x, text, { heads: heads[level]!, groups: norms.groups, depth: depth[level]! });
      if (motion) x = motion(block.at(`motion_modules.${layer}`), x, level);
    }
    if (level > 0) x = upsample(block.at('upsamplers.0'), x, left.at(-1));
  }
  return x;
}
