import { silu } from './activations.js';
import type { BuiltModel } from './builtModel.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { convolution } from './convolution.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { type BuildOptions, Module } from './module.js';
import { residualDims, timeOf } from './unet.js';
import { downBlocks, middleBlock } from './unetBlocks.js';
import { readUNetConfig } from './unetConfig.js';
import type { Weights } from './weights.js';

/**
 * A ControlNet (Zhang et al. 2023; diffusers' `ControlNetModel`) as an ONNX graph: the way down and the middle of a UNet, told by a picture.
 *
 * Inputs: `sample`, `timestep` and `encoder_hidden_states` as {@link buildUNet} has them; `controlnet_cond` `[batch, 3, height, width]` in pixels, 0…1;
 * `conditioning_scale`, a single number. Outputs: `down_block_N_additional_residual` for every map that the way down keeps and `mid_block_additional_residual`,
 * which a UNet built with `takesResiduals` takes under these names. All float32.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_TENSOR`.
 */
export function buildControlNet(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltModel {
  const source = `${weights.source}'s config.json`;
  const config = readUNetConfig(json, source);
  const own = new ConfigReader(json, source);
  own.onlyWith('global_pool_conditions', [false], 'a ControlNet that sees no places');
  own.onlyWith('controlnet_conditioning_channel_order', ['rgb'], 'an order of colours other than red, green, blue');
  const graph = new GraphBuilder('controlnet');
  const m = new Module(graph, weights, options);
  const sample = graph.input('sample', ['batch', config.inChannels, 'height', 'width']);
  const timestep = graph.input('timestep', ['timesteps']);
  const text = graph.input('encoder_hidden_states', ['batch', 'tokens', config.textChannels]);
  const picture = graph.input('controlnet_cond', ['batch', own.count('conditioning_channels', 3), 'picture_height', 'picture_width']);
  const scale = graph.input('conditioning_scale', []);

  const conditions = { time: timeOf(m, timestep, config), text };
  const first = m.add(
    convolution(m.at('conv_in'), sample, { out: config.channels[0] }),
    conditioningEmbedding(m.at('controlnet_cond_embedding'), picture, config.channels[0]!),
  );
  const down = downBlocks(m, first, conditions, config);
  const middle = middleBlock(m, down.x, conditions, config);
  const give = (at: string, x: Value, name: string, which: number | string) => {
    const residual = convolution(m.at(at), x, { out: Number(x.dims[1]) });
    graph.output(m.node('Mul', [residual, scale], residual.dims), name, residualDims(residual, which));
  };
  for (const [i, skip] of down.skips.entries()) give(`controlnet_down_blocks.${i}`, skip, `down_block_${i}_additional_residual`, i);
  give('controlnet_mid_block', middle, 'mid_block_additional_residual', 'mid');
  weights.requireAllUsed();
  return graph.finish();
}

/** diffusers' `ControlNetConditioningEmbedding`: pixels to the size of latents; every second convolution between the first and the last halves. */
function conditioningEmbedding(m: Module, picture: Value, out: number): Value {
  let x = silu(m, convolution(m.at('conv_in'), picture));
  for (let block = 0; m.has(`blocks.${block}.weight`); block++)
    x = silu(m, convolution(m.at(`blocks.${block}`), x, { stride: block % 2 === 0 ? 1 : 2 }));
  return convolution(m.at('conv_out'), x, { out });
}
