import { silu } from './activations.js';
import type { BuiltModel } from './builtModel.js';
import type { ConfigJson } from './configReader.js';
import { convolution } from './convolution.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { type BuildOptions, Module } from './module.js';
import { groupNorm } from './normalization.js';
import { timeEmbedding } from './timeEmbedding.js';
import { downBlocks, type DownResult, middleBlock, upBlocks } from './unetBlocks.js';
import { readUNetConfig, type UNetConfig } from './unetConfig.js';
import type { Weights } from './weights.js';

/** How a UNet is built. */
export interface UNetBuildOptions extends BuildOptions {
  /** Whether it takes the residuals of a ControlNet as further inputs. */
  readonly takesResiduals?: boolean;
}

/**
 * diffusers' `UNet2DConditionModel` as an ONNX graph.
 *
 * Inputs: `sample` `[batch, channels, height, width]` of any size, `timestep` `[1 or batch]`, `encoder_hidden_states` `[batch, tokens, channels]`; where
 * the configuration says so `timestep_cond` `[batch, channels]`; with `takesResiduals` what {@link buildControlNet}'s graph gives. Output: `out_sample` in
 * the shape of `sample`. All float32.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or is not
 * used by any node.
 */
export function buildUNet(json: ConfigJson, weights: Weights, options: UNetBuildOptions = {}): BuiltModel {
  const config = readUNetConfig(json, `${weights.source}'s config.json`);
  const graph = new GraphBuilder('unet');
  const m = new Module(graph, weights, options);
  const sample = graph.input('sample', ['batch', config.inChannels, 'height', 'width']);
  const timestep = graph.input('timestep', ['timesteps']);
  const text = graph.input('encoder_hidden_states', ['batch', 'tokens', config.textChannels]);
  const time = timeOf(m, timestep, config);

  const down = downBlocks(m, convolution(m.at('conv_in'), sample, { out: config.channels[0] }), { time, text }, config);
  const middle = { x: middleBlock(m, down.x, { time, text }, config), skips: down.skips };
  const x = upBlocks(m, options.takesResiduals ? residualInputs(m, middle) : middle, { time, text }, config);
  graph.output(lastLayers(m, x, config), 'out_sample', ['batch', config.outChannels, 'height', 'width']);
  weights.requireAllUsed();
  return graph.finish();
}

/** The maps of the way down and the middle with what ControlNets add to them, inputs of the graph; an axis of length 1 goes for all. */
export function residualInputs(m: Module, { x, skips }: DownResult): DownResult {
  return {
    skips: skips.map((skip, i) => m.add(skip, m.graph.input(`down_block_${i}_additional_residual`, residualDims(skip, i)))),
    x: m.add(x, m.graph.input('mid_block_additional_residual', residualDims(x, 'mid'))),
  };
}

/** The time embedding, with the input `timestep_cond` where the configuration asks for it. */
export function timeOf(m: Module, timestep: Value, { time, guidanceChannels }: UNetConfig): Value {
  const guidance = guidanceChannels === undefined ? undefined : m.graph.input('timestep_cond', ['batch', guidanceChannels]);
  return timeEmbedding(m.at('time_embedding'), timestep, time, guidance);
}

/** Norm, SiLU and the convolution that ends every UNet. */
export function lastLayers(m: Module, x: Value, { norms, outChannels }: UNetConfig): Value {
  return convolution(m.at('conv_out'), silu(m, groupNorm(m.at('conv_norm_out'), x, norms.groups, norms.epsilon)), { out: outChannels });
}

/** Shape of a residual: the map's rows, the map's channels, and a height and width of its own. */
export function residualDims({ dims }: Value, which: number | string) {
  return [dims[0]!, dims[1]!, `height_${which}`, `width_${which}`];
}
