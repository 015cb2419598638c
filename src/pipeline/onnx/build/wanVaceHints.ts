import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';
import { wanBlock, type WanBlockInputs } from './wanBlock.js';
import type { VaceHintsConfig, WanConfig } from './wanConfig.js';
import { wanPatches } from './wanPatches.js';

/**
 * What VACE adds to a Wan transformer, `vace_blocks` of diffusers' `WanVACETransformer3DModel`: blocks of the same kind that see the control, each of which gives a
 * hint to one of the transformer's blocks. Jiang et al. 2025, "VACE: All-in-One Video Creation and Editing".
 *
 * Adds two inputs to the graph: `control_hidden_states` `[batch, channels, frames, height, width]`, of the latents' own size, and `control_hidden_states_scale`
 * `[hints]`, what each hint is multiplied by.
 * @param x the latents as tokens, `[batch, tokens, channels]`.
 * @returns by the number of the block, what is to be added to what it gives.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function vaceHints(m: Module, x: Value, told: WanBlockInputs, config: WanConfig, hints: VaceHintsConfig): Map<number, Value> {
  const { channels } = config.block;
  const control = m.graph.input('control_hidden_states', ['batch', hints.channels, 'frames', 'height', 'width']);
  const scales = m.graph.input('control_hidden_states_scale', [hints.layers.length]);
  let state = wanPatches(m.at('vace_patch_embedding'), control, { ...config, inChannels: hints.channels });
  return new Map(
    hints.layers.map((layer, i) => {
      const block = m.at(`vace_blocks.${i}`).after(x);
      if (i === 0) state = m.add(linear(block.at('proj_in'), state, channels), x);
      state = wanBlock(block, state, told, config.block);
      const scale = m.node('Gather', [scales, m.graph.integers([i], [])], [], { attributes: { axis: 0 } });
      return [layer, m.node('Mul', [linear(block.at('proj_out'), state, channels), scale], state.dims)];
    }),
  );
}
