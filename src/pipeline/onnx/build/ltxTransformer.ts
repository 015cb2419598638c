import { silu, tanhGelu } from './activations.js';
import { axisRotaryAngles } from './axisRotary.js';
import type { BuiltModel } from './builtModel.js';
import type { ConfigJson } from './configReader.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { linear } from './linear.js';
import { inFrames, ltxBlock, ofFrames } from './ltxBlock.js';
import { type LtxConfig, readLtxConfig } from './ltxConfig.js';
import { type BuildOptions, Module } from './module.js';
import { modulation } from './modulation.js';
import { modulatedFrameNorm } from './normalization.js';
import { sinusoidsOf } from './timeEmbedding.js';
import type { Weights } from './weights.js';

/** Sinusoids of the timestep; written into diffusers' code. */
const TIME_WIDTH = 256;

/** Of the norm behind the blocks; written into diffusers' code. */
const LAST_EPSILON = 1e-6;

/**
 * diffusers' `LTXVideoTransformer3DModel`, LTX-Video, as an ONNX graph.
 *
 * Inputs: `hidden_states` `[batch, channels, frames, height, width]`, latents, each of whose places is a token; `timestep` `[1 or frames]`, 0…1000: one
 * for all latent frames, or, where some are given and clean, one for each;
 * `encoder_hidden_states` `[batch, tokens, channels]`, real tokens only: those of padding, which diffusers hides by a mask, are left out; and the positions of frames,
 * rows and columns, as `axisRotaryAngles` takes them. Output: `out_sample`, the velocity, in the shape of `hidden_states`. All float32.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or is not
 * used by any node.
 */
export function buildLtxTransformer(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltModel {
  const config = readLtxConfig(json, `${weights.source}'s config.json`);
  const { channels } = config;
  const graph = new GraphBuilder('transformer');
  const m = new Module(graph, weights, options);
  const sample = graph.input('hidden_states', ['batch', config.inChannels, 'frames', 'height', 'width']);
  const timestep = graph.input('timestep', ['timesteps']);
  const words = graph.input('encoder_hidden_states', ['batch', 'tokens', config.textChannels]);
  const angles = axisRotaryAngles(m, channels);
  const { time, modulations } = timeOf(m.at('time_embed'), timestep, config);
  const captions = m.at('caption_projection');
  const text = linear(captions.at('linear_2'), tanhGelu(m, linear(captions.at('linear_1'), words)), channels);
  const places = m.reshape(sample, [0, 0, -1], ['batch', config.inChannels, 'frames*height*width']);
  let x = linear(m.at('proj_in'), m.transpose(places, [0, 2, 1]), channels);
  const told = { text, time: modulations, frames: m.shapeOf(sample, 2, 3), angles };
  for (let i = 0; i < config.layers; i++) x = ltxBlock(m.at(`transformer_blocks.${i}`), x, told, config);
  const row = m.node('Unsqueeze', [time, graph.integers([1])], [time.dims[0]!, 1, channels]);
  const [shift, scale] = modulation(m, row, 2, channels).map((part) => ofFrames(m, part)) as [Value, Value];
  const last = inFrames(m, x, told.frames, (each) => modulatedFrameNorm(m, 'LayerNormalization', each, { scale, shift }, LAST_EPSILON));
  const velocities = linear(m.at('proj_out'), last, config.outChannels);
  graph.output(m.reshape(m.transpose(velocities, [0, 2, 1]), [m.shapeOf(sample)], sample.dims), 'out_sample', sample.dims);
  weights.requireAllUsed();
  return graph.finish();
}

/** The timestep's embedding `[timesteps, channels]`, and what it says to every block, `[timesteps, 6, channels]`. */
function timeOf(m: Module, timestep: Value, { channels }: LtxConfig): { time: Value; modulations: Value } {
  const sinusoids = sinusoidsOf(m, timestep, { width: TIME_WIDTH, flipSinToCos: true, freqShift: 0 });
  const embedder = m.at('emb.timestep_embedder');
  const time = linear(embedder.at('linear_2'), silu(m, linear(embedder.at('linear_1'), sinusoids)), channels);
  const six = linear(m.at('linear'), silu(m, time), 6 * channels);
  return { time, modulations: m.reshape(six, [0, 6, channels], [time.dims[0]!, 6, channels]) };
}
