import { silu } from './activations.js';
import { attention, type ProjectionNames } from './attention.js';
import type { BuiltModel } from './builtModel.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { convolution, upsample } from './convolution.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { type BuildOptions, Module } from './module.js';
import { groupNorm } from './normalization.js';
import { type Norms, resnet } from './resnet.js';
import { toPlaces, toTokens } from './transformer.js';
import type { Weights } from './weights.js';

/** Names of the middle's projections in files of before 2023. */
const olderNames: ProjectionNames = { query: 'query', key: 'key', value: 'value', out: 'proj_attn' };

/** Both halves of an autoencoder. */
export interface BuiltAutoencoder {
  /** `sample` `[batch, 3, height, width]` in −1…1 → `latent_parameters` `[batch, 2 · channels, h, w]`: mean and log variance. */
  readonly encoder: BuiltModel;
  /** `latent_sample` `[batch, channels, h, w]`, unscaled → `sample` `[batch, 3, height, width]`. */
  readonly decoder: BuiltModel;
}

interface AutoencoderConfig {
  readonly channels: readonly number[];
  readonly layers: number;
  readonly latentChannels: number;
  readonly pixelChannels: number;
  readonly norms: Norms;
}

/**
 * diffusers' `AutoencoderKL` as two ONNX graphs, float32.
 *
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or is in
 * neither graph.
 */
export function buildAutoencoder(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltAutoencoder {
  const config = readConfig(json, `${weights.source}'s config.json`);
  const built = { encoder: buildEncoder(config, weights, options), decoder: buildDecoder(config, weights, options) };
  weights.requireAllUsed();
  return built;
}

function readConfig(json: ConfigJson, source: string): AutoencoderConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('act_fn', ['silu', 'swish'], 'an activation that Stable Diffusion has not');
  const channels = config.counts('block_out_channels');
  const words = (name: string, word: string) => config.given(name) !== undefined && config.words(name, channels.length, { [word]: true });
  words('down_block_types', 'DownEncoderBlock2D');
  words('up_block_types', 'UpDecoderBlock2D');
  return {
    channels,
    layers: config.count('layers_per_block', 1),
    latentChannels: config.count('latent_channels', 4),
    pixelChannels: config.count('in_channels', 3),
    // 1e-6 is written into diffusers' code, whatever the file says.
    norms: { groups: config.count('norm_num_groups', 32), epsilon: 1e-6 },
  };
}

function buildEncoder(
  { channels, layers, latentChannels, pixelChannels, norms }: AutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
): BuiltModel {
  const graph = new GraphBuilder('vae encoder');
  const whole = new Module(graph, weights, options);
  const m = whole.at('encoder');
  let x = convolution(m.at('conv_in'), graph.input('sample', ['batch', pixelChannels, 'height', 'width']), { out: channels[0] });
  for (const [level, width] of channels.entries()) {
    const block = m.at(`down_blocks.${level}`);
    for (let layer = 0; layer < layers; layer++) x = resnet(block.at(`resnets.${layer}`), x, undefined, norms, width);
    // Pads on the right and at the bottom only.
    if (level < channels.length - 1) x = convolution(block.at('downsamplers.0.conv'), x, { stride: 2, pads: [0, 0, 1, 1], out: width });
  }
  x = lastConvolution(m, middle(m.at('mid_block'), x, norms), norms, 2 * latentChannels);
  if (whole.has('quant_conv.weight')) x = convolution(whole.at('quant_conv'), x, { out: 2 * latentChannels });
  graph.output(x, 'latent_parameters', ['batch', 2 * latentChannels, 'latent_height', 'latent_width']);
  return graph.finish();
}

function buildDecoder(
  { channels, layers, latentChannels, pixelChannels, norms }: AutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
): BuiltModel {
  const graph = new GraphBuilder('vae decoder');
  const whole = new Module(graph, weights, options);
  const m = whole.at('decoder');
  let x = graph.input('latent_sample', ['batch', latentChannels, 'latent_height', 'latent_width']);
  if (whole.has('post_quant_conv.weight')) x = convolution(whole.at('post_quant_conv'), x, { out: latentChannels });
  x = middle(m.at('mid_block'), convolution(m.at('conv_in'), x, { out: channels.at(-1) }), norms);
  for (const [up, width] of [...channels].reverse().entries()) {
    const block = m.at(`up_blocks.${up}`);
    for (let layer = 0; layer <= layers; layer++) x = resnet(block.at(`resnets.${layer}`), x, undefined, norms, width);
    if (up < channels.length - 1) x = upsample(block.at('upsamplers.0'), x);
  }
  graph.output(lastConvolution(m, x, norms, pixelChannels), 'sample', ['batch', pixelChannels, 'height', 'width']);
  return graph.finish();
}

function lastConvolution(m: Module, x: Value, { groups, epsilon }: Norms, out: number): Value {
  return convolution(m.at('conv_out'), silu(m, groupNorm(m.at('conv_norm_out'), x, groups, epsilon)), { out });
}

/** Resnet, attention between all places with one head, resnet. */
function middle(m: Module, x: Value, norms: Norms): Value {
  const h = resnet(m.at('resnets.0'), x, undefined, norms);
  return resnet(
    m.at('resnets.1'),
    m.has('attentions.0.group_norm.weight') ? placeAttention(m.at('attentions.0'), h, norms) : h,
    undefined,
    norms,
  );
}

function placeAttention(outer: Module, x: Value, { groups, epsilon }: Norms): Value {
  const m = outer.after(x);
  const names = m.has('query.weight') ? { names: olderNames } : {};
  const tokens = toTokens(m, groupNorm(m.at('group_norm'), x, groups, epsilon));
  return m.add(x, toPlaces(m, attention(m, tokens, tokens, 1, names), x));
}
