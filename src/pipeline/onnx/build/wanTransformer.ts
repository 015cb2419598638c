import { silu, tanhGelu } from './activations.js';
import type { BuiltModel } from './builtModel.js';
import type { ConfigJson } from './configReader.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { linear } from './linear.js';
import { type BuildOptions, Module } from './module.js';
import { modulation } from './modulation.js';
import { modulatedLayerNorm } from './normalization.js';
import { rotaryAngles } from './rotaryEmbedding.js';
import { sinusoidsOf } from './timeEmbedding.js';
import { wanBlock } from './wanBlock.js';
import { readWanConfig, type WanConfig } from './wanConfig.js';
import { wanPatches } from './wanPatches.js';
import { vaceHints } from './wanVaceHints.js';
import type { Weights } from './weights.js';

/**
 * diffusers' `WanTransformer3DModel`, Wan 2.1 from text to video, or `WanVACETransformer3DModel`, which is shown a clip besides, as an ONNX graph.
 *
 * Inputs: `hidden_states` `[batch, channels, frames, height, width]`, latents whose sides are multiples of the patch; `timestep` `[1 or batch]`, 0…1000;
 * `encoder_hidden_states` `[batch, tokens, channels]`. Output: `out_sample`, the velocity, in the shape of `hidden_states`. All float32.
 * VACE's takes the inputs of {@link vaceHints}, too.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or is not
 * used by any node.
 */
export function buildWanTransformer(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltModel {
  const config = readWanConfig(json, `${weights.source}'s config.json`);
  const graph = new GraphBuilder('transformer');
  const m = new Module(graph, weights, options);
  const sample = graph.input('hidden_states', ['batch', config.inChannels, 'frames', 'height', 'width']);
  const timestep = graph.input('timestep', ['timesteps']);
  const words = graph.input('encoder_hidden_states', ['batch', 'tokens', config.textChannels]);

  const sizes = m.shapeOf(sample, 2, 5);
  const along = m.node('Div', [sizes, graph.integers(config.patch)], [3]);
  const counts = graph.split('Split', [along], [[1], [1], [1]], { attributes: { axis: 0, num_outputs: 3 } }) as [Value, Value, Value];
  const angles = rotaryAngles(m, counts, config.block.channels / config.block.heads, config.longest);
  const { time, modulations } = timeOf(m.at('condition_embedder'), timestep, config);
  const text = textOf(m.at('condition_embedder.text_embedder'), words, config);
  let x = wanPatches(m.at('patch_embedding'), sample, config);
  const told = { text, time: modulations, angles };
  const hints = config.hints && vaceHints(m, x, told, config, config.hints);
  for (let i = 0; i < config.layers; i++) {
    x = wanBlock(m.at(`blocks.${i}`), x, told, config.block);
    const hint = hints?.get(i);
    if (hint) x = m.add(x, hint);
  }
  graph.output(lastLayers(m, x, { time, sample, counts, sizes }, config), 'out_sample', sample.dims);
  weights.requireAllUsed();
  return graph.finish();
}

/** The timestep's embedding `[timesteps, channels]`, and what it says to every block, `[timesteps, 6, channels]`. */
function timeOf(m: Module, timestep: Value, { timeWidth, block: { channels } }: WanConfig): { time: Value; modulations: Value } {
  const sinusoids = sinusoidsOf(m, timestep, { width: timeWidth, flipSinToCos: true, freqShift: 0 });
  const embedder = m.at('time_embedder');
  const time = linear(embedder.at('linear_2'), silu(m, linear(embedder.at('linear_1'), sinusoids)), channels);
  const six = linear(m.at('time_proj'), silu(m, time), 6 * channels);
  return { time, modulations: m.reshape(six, [0, 6, channels], [time.dims[0]!, 6, channels]) };
}

/** The words' embeddings in the transformer's own channels. */
function textOf(m: Module, words: Value, { block: { channels } }: WanConfig): Value {
  return linear(m.at('linear_2'), tanhGelu(m, linear(m.at('linear_1'), words)), channels);
}

/** Norm and linear behind the blocks, and tokens back to places. */
function lastLayers(
  m: Module,
  x: Value,
  { time, sample, counts, sizes }: { time: Value; sample: Value; counts: readonly Value[]; sizes: Value },
  { patch, outChannels, block: { channels, epsilon } }: WanConfig,
): Value {
  const row = m.node('Unsqueeze', [time, m.graph.integers([1])], [time.dims[0]!, 1, channels]);
  const [shift, scale] = modulation(m, row, 2, channels) as [Value, Value];
  const numbers = patch[0] * patch[1] * patch[2] * outChannels;
  const tokens = linear(m.at('proj_out'), modulatedLayerNorm(m, x, { scale, shift }, epsilon), numbers);
  const batch = m.shapeOf(sample, 0, 1);
  const apart = m.reshape(tokens, [batch, ...counts, ...patch, outChannels], ['batch', 'f', 'h', 'w', ...patch, outChannels]);
  return m.reshape(m.transpose(apart, [0, 7, 1, 4, 2, 5, 3, 6]), [batch, outChannels, sizes], sample.dims);
}
