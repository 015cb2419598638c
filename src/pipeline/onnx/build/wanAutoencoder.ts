import { silu } from './activations.js';
import type { BuiltAutoencoder } from './autoencoder.js';
import type { BuiltModel } from './builtModel.js';
import { type CausalOptions, causalConvolution, FrameCaches } from './causalConvolution.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { type BuildOptions, Module } from './module.js';
import { channelNorm, wanMiddle, wanResnet } from './wanAutoencoderBlocks.js';
import { wanDownsample, wanUpsample } from './wanResample.js';
import type { Weights } from './weights.js';

interface WanAutoencoderConfig {
  /** Channels of each level, finest first. */
  readonly channels: readonly number[];
  readonly layers: number;
  readonly latentChannels: number;
  /** Whether what leads from a level to the next halves the number of frames, too; one less than levels. */
  readonly halvesTime: readonly boolean[];
}

/**
 * diffusers' `AutoencoderKLWan` of Wan 2.1, a causal autoencoder of clips, as two ONNX graphs, float32: 4n + 1 frames become n + 1 latent frames of an eighth of the
 * height and width. All frames go through in one call, or chunk by chunk ({@link BuiltModel.inChunks}): the first of 4n + 1 frames (n at least 1), others of 4n.
 *
 * Encoder: `sample` `[batch, 3, frames, height, width]` in −1…1 → `latent_parameters` `[batch, 2 · channels, latent frames, h, w]`. Decoder: `latent_sample`
 * `[batch, channels, latent frames, h, w]`, not normalised → `sample`, not clamped.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`; `FL_MODEL_UNSUPPORTED` for Wan 2.2's; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or
 * is in neither graph.
 */
export function buildWanAutoencoder(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltAutoencoder {
  const config = readConfig(json, `${weights.source}'s config.json`);
  const inChunks = (build: typeof buildEncoder): BuiltModel => {
    const graph = (part: 'first' | 'next') => build(config, weights, options, new FrameCaches(part));
    let chunks: ReturnType<NonNullable<BuiltModel['inChunks']>> | undefined;
    return { ...build(config, weights, options), inChunks: () => (chunks ??= { first: graph('first'), next: graph('next') }) };
  };
  const built = { encoder: inChunks(buildEncoder), decoder: inChunks(buildDecoder) };
  weights.requireAllUsed();
  return built;
}

function readConfig(json: ConfigJson, source: string): WanAutoencoderConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('is_residual', [false], 'the autoencoder of Wan 2.2');
  config.onlyWith('patch_size', [], 'the autoencoder of Wan 2.2');
  config.onlyWith('decoder_base_dim', [], 'the autoencoder of Wan 2.2');
  const scales = config.given('attn_scales');
  if (Array.isArray(scales) && scales.length > 0) throw config.unsupported('attn_scales', scales, 'attention between convolutions');
  const base = config.count('base_dim', 96);
  const multiples = config.given('dim_mult') === undefined ? [1, 2, 4, 4] : config.counts('dim_mult');
  const halvesTime = config.given('temperal_downsample') ?? [false, true, true];
  if (!Array.isArray(halvesTime) || halvesTime.length !== multiples.length - 1 || halvesTime.some((each) => typeof each !== 'boolean'))
    throw config.wrong('temperal_downsample', halvesTime, `a list of ${multiples.length - 1} times true or false`);
  return {
    halvesTime: halvesTime as boolean[],
    channels: multiples.map((multiple) => multiple * base),
    layers: config.count('num_res_blocks', 2),
    latentChannels: config.count('z_dim', 16),
  };
}

function buildEncoder(
  { channels, layers, latentChannels, halvesTime }: WanAutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
  caches?: FrameCaches,
): BuiltModel {
  const graph = new GraphBuilder('vae encoder');
  const whole = new Module(graph, weights, options);
  const m = whole.at('encoder');
  let x = causalConvolution(m.at('conv_in'), graph.input('sample', ['batch', 3, 'frames', 'height', 'width']), {
    out: channels[0],
    caches,
  });
  // A flat list: the blocks of a level, then what leads to the next.
  let block = 0;
  for (const [level, width] of channels.entries()) {
    for (let layer = 0; layer < layers; layer++) x = wanResnet(m.at(`down_blocks.${block++}`), x, { out: width, caches });
    if (level < channels.length - 1)
      x = wanDownsample(m.at(`down_blocks.${block++}`), x, { out: width, inTime: halvesTime[level]!, caches });
  }
  x = lastConvolution(m, wanMiddle(m.at('mid_block'), x, caches), { out: 2 * latentChannels, caches });
  x = causalConvolution(whole.at('quant_conv'), x, { out: 2 * latentChannels });
  graph.output(x, 'latent_parameters', ['batch', 2 * latentChannels, 'latent_frames', 'latent_height', 'latent_width']);
  caches?.giveOut(graph);
  return graph.finish();
}

function buildDecoder(
  { channels, layers, latentChannels, halvesTime }: WanAutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
  caches?: FrameCaches,
): BuiltModel {
  const graph = new GraphBuilder('vae decoder');
  const whole = new Module(graph, weights, options);
  const m = whole.at('decoder');
  const latents = graph.input('latent_sample', ['batch', latentChannels, 'latent_frames', 'latent_height', 'latent_width']);
  let x = causalConvolution(whole.at('post_quant_conv'), latents, { out: latentChannels });
  x = wanMiddle(m.at('mid_block'), causalConvolution(m.at('conv_in'), x, { out: channels.at(-1), caches }), caches);
  for (const [up, width] of [...channels].reverse().entries()) {
    const block = m.at(`up_blocks.${up}`);
    for (let layer = 0; layer <= layers; layer++) x = wanResnet(block.at(`resnets.${layer}`), x, { out: width, caches });
    if (up < channels.length - 1) x = wanUpsample(block.at('upsamplers.0'), x, { out: width / 2, inTime: halvesTime.at(-1 - up)!, caches });
  }
  graph.output(lastConvolution(m, x, { out: 3, caches }), 'sample', ['batch', 3, 'frames', 'height', 'width']);
  caches?.giveOut(graph);
  return graph.finish();
}

function lastConvolution(m: Module, x: Value, options: CausalOptions): Value {
  return causalConvolution(m.at('conv_out'), silu(m, channelNorm(m.at('norm_out'), x)), options);
}
