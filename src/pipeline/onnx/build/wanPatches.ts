import { vector } from './convolution.js';
import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';
import type { WanConfig } from './wanConfig.js';

/**
 * Latents as tokens `[batch, tokens, channels]`, frame by frame, row by row: a convolution that steps as far as its kernel reaches.
 *
 * @param sample `[batch, inChannels, frames, height, width]`.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function wanPatches(
  m: Module,
  sample: Value,
  { patch, inChannels, block: { channels } }: Pick<WanConfig, 'patch' | 'inChannels' | 'block'>,
): Value {
  const wanted = [channels, inChannels, ...patch];
  if (m.dims('weight').join() !== wanted.join()) throw m.wrongShape('weight', `be [${wanted.join(', ')}]`);
  const y = m.node('Conv', [sample, m.weight('weight'), vector(m, 'bias', channels)], ['batch', channels, 'f', 'h', 'w'], {
    attributes: { kernel_shape: patch, strides: patch, pads: [0, 0, 0, 0, 0, 0], dilations: [1, 1, 1], group: 1 },
  });
  return m.transpose(m.reshape(y, [0, 0, -1], ['batch', channels, 'f*h*w']), [0, 2, 1]);
}
