import type { BuiltModel } from './builtModel.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { convolution } from './convolution.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { Module } from './module.js';
import { motionModule } from './motionModule.js';
import { lastLayers, residualInputs, timeOf, type UNetBuildOptions } from './unet.js';
import { downBlocks, middleBlock, upBlocks } from './unetBlocks.js';
import { readUNetConfig, type UNetConfig } from './unetConfig.js';
import type { Weights } from './weights.js';

/** Frames that motion modules have positions for, where nothing says how many: AnimateDiff v2 and v3. */
const MAX_FRAMES = 32;

/**
 * A UNet with AnimateDiff's motion modules (diffusers' `UNetMotionModel`) as an ONNX graph: Stable Diffusion 1's UNet and a motion adapter, or both from
 * one file.
 *
 * Inputs: `sample` `[batch, channels, frames, height, width]`, `timestep` `[1 or batch]`, `encoder_hidden_states` `[batch · frames, tokens, channels]`,
 * a row for each frame; with `takesResiduals` what {@link buildControlNet}'s graph gives, a row for each frame. Output: `out_sample` in the shape of `sample`. All float32.
 * @param json the UNet's config.json.
 * @param motion the adapter's config.json, or once more the UNet's.
 * @param weights of both.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_TENSOR`.
 */
export function buildMotionUNet(json: ConfigJson, motion: ConfigJson, weights: Weights, options: UNetBuildOptions = {}): BuiltModel {
  const config = readUNetConfig(json, `${weights.source}'s config.json`);
  const { heads, maxFrames } = readMotionConfig(motion, config.channels.length, weights.source);
  const graph = new GraphBuilder('motion unet');
  const m = new Module(graph, weights, options);
  const clip = graph.input('sample', ['batch', config.inChannels, 'frames', 'height', 'width']);
  const timestep = graph.input('timestep', ['timesteps']);
  const text = graph.input('encoder_hidden_states', ['frames', 'tokens', config.textChannels]);
  const frames = m.shapeOf(clip, 2, 3);

  const framesFirst = m.transpose(clip, [0, 2, 1, 3, 4]);
  const pictures = m.reshape(framesFirst, [-1, m.shapeOf(framesFirst, 2, 5)], ['pictures', config.inChannels, 'height', 'width']);
  const time = repeatForFrames(m, timeOf(m, timestep, config), frames, clip);
  const move = (at: Module, x: Value, level: number) =>
    at.has('norm.weight') ? motionModule(at, x, { heads: heads[level]!, groups: config.norms.groups, frames, maxFrames }) : x;
  const conditions = { time, text, motion: move };

  const down = downBlocks(m, convolution(m.at('conv_in'), pictures, { out: config.channels[0] }), conditions, config);
  const middle = middleBlock(m, down.x, conditions, config);
  const maps = options.takesResiduals ? residualInputs(m, { x: middle, skips: down.skips }) : { x: middle, skips: down.skips };
  const x = upBlocks(m, maps, conditions, config);
  graph.output(toClip(m, lastLayers(m, x, config), clip, config), 'out_sample', ['batch', config.outChannels, 'frames', 'height', 'width']);
  weights.requireAllUsed();
  return graph.finish();
}

function readMotionConfig(json: ConfigJson, levels: number, source: string): { heads: number[]; maxFrames: number } {
  const config = new ConfigReader(json, `${source}'s config.json`);
  config.onlyWith('conv_in_channels', [], 'PIA, which is led by a picture');
  config.onlyWith('motion_mid_block_type', [], 'a motion module other than AnimateDiff’s');
  return {
    heads: config.perLevel(['motion_num_attention_heads'], levels, 8),
    maxFrames: config.count('motion_max_seq_length', MAX_FRAMES),
  };
}

/** `[batch or 1, …]` → `[batch · frames, …]`: every frame is told what its clip is. */
function repeatForFrames(m: Module, value: Value, frames: Value, clip: Value): Value {
  const rest = value.dims.slice(1);
  const tail = rest.map((dim, i) => (typeof dim === 'number' ? dim : m.shapeOf(value, i + 1, i + 2)));
  const column = m.node('Unsqueeze', [value, m.graph.integers([1])], [value.dims[0]!, 1, ...rest]);
  const wide = m.node('Expand', [column, m.joined([m.shapeOf(clip, 0, 1), frames, ...rest.map(() => 1)])], ['batch', 'frames', ...rest]);
  return m.reshape(wide, [-1, ...tail], ['pictures', ...rest]);
}

function toClip(m: Module, pictures: Value, clip: Value, { outChannels }: UNetConfig): Value {
  const split = m.reshape(
    pictures,
    [m.shapeOf(clip, 0, 1), m.shapeOf(clip, 2, 3), outChannels, m.shapeOf(clip, 3, 5)],
    ['batch', 'frames', outChannels, 'height', 'width'],
  );
  return m.transpose(split, [0, 2, 1, 3, 4]);
}
