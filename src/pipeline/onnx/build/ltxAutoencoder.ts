import { silu } from './activations.js';
import type { BuiltAutoencoder } from './autoencoder.js';
import type { BuiltModel } from './builtModel.js';
import type { ConfigJson } from './configReader.js';
import { type Dim, GraphBuilder, type Value } from './graphBuilder.js';
import { ltxConvolution, ltxResnet, ltxResnets, modulated, placeModulation, placeNorm, timeOfBlock } from './ltxAutoencoderBlocks.js';
import { type LtxAutoencoderConfig, readLtxAutoencoderConfig } from './ltxAutoencoderConfig.js';
import { ltxDownsample, ltxUpsample } from './ltxResample.js';
import { type BuildOptions, Module } from './module.js';
import type { Weights } from './weights.js';

/** How latents are normalised, which files have beside the networks' own tensors. */
const harmless = /^latents_(mean|std)$/;

/**
 * diffusers' `AutoencoderKLLTXVideo`, an autoencoder of clips, as two ONNX graphs, float32: 8n + 1 frames become n + 1 latent frames of a 32nd of the height and width.
 *
 * Encoder: `sample` `[batch, 3, frames, height, width]` in −1…1 → `latent_parameters` `[batch, 2 · channels, latent frames, h, w]`. Decoder: `latent_sample`
 * `[batch, channels, latent frames, h, w]`, not normalised → `sample`, not clamped. A decoder that is told how noisy the latents still are (from version 0.9.1 on) takes
 * `timestep` `[1 or batch]`, 0…1; one that adds noise (0.9.1) takes planes of it for each of its blocks, `…_noise` `[planes, h · k, w · k]`, drawn in the order of the inputs.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`; `FL_CHECKPOINT_TENSOR` for a tensor that is missing, has another shape, or is in neither graph.
 */
export function buildLtxAutoencoder(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltAutoencoder {
  const config = readLtxAutoencoderConfig(json, `${weights.source}'s config.json`);
  const built = { encoder: buildEncoder(config, weights, options), decoder: buildDecoder(config, weights, options) };
  weights.requireAllUsed(harmless);
  return built;
}

function buildEncoder(
  { encoder, epsilon, latentChannels, patch }: LtxAutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
): BuiltModel {
  const { causal } = encoder;
  const graph = new GraphBuilder('vae encoder');
  const m = new Module(graph, weights, options, 'encoder');
  const pixels = graph.input('sample', ['batch', 3, 'frames', 'height', 'width']);
  let x = ltxConvolution(m.at('conv_in'), pixelsToChannels(m, pixels, patch), { causal, out: encoder.channels });
  for (const [i, { layers, out, stride, steps }] of encoder.levels.entries()) {
    const block = m.at(`down_blocks.${i}`);
    const width = Number(x.dims[1]);
    x = ltxResnets(block, x, layers, { causal, epsilon });
    if (stride && !steps) x = ltxDownsample(block.at('downsamplers.0'), x, { stride, out, causal });
    else if (stride) x = ltxConvolution(block.at('downsamplers.0'), x, { causal, stride, out: width });
    if (Number(x.dims[1]) !== out) x = ltxResnet(block.at('conv_out'), x, { causal, epsilon, out });
  }
  x = ltxResnets(m.at('mid_block'), x, encoder.middle, { causal, epsilon });
  x = ltxConvolution(m.at('conv_out'), silu(m, placeNorm(m, x)), { causal, out: latentChannels + 1 });
  graph.output(withOneVariance(m, x), 'latent_parameters', ['batch', 2 * latentChannels, 'latent_frames', 'latent_height', 'latent_width']);
  return graph.finish();
}

/** Squares of pixels become channels, columns outermost. */
function pixelsToChannels(m: Module, pixels: Value, patch: number): Value {
  const counts = [3, 4].map((axis) => m.node('Div', [m.shapeOf(pixels, axis, axis + 1), m.graph.integers([patch])], [1]));
  const apart = m.reshape(
    pixels,
    [m.shapeOf(pixels, 0, 3), counts[0]!, patch, counts[1]!, patch],
    ['batch', 3, 'frames', 'h', patch, 'w', patch],
  );
  const channels = 3 * patch * patch;
  const places: Dim[] = ['frames', 'height/patch', 'width/patch'];
  return m.reshape(
    m.transpose(apart, [0, 1, 6, 4, 2, 3, 5]),
    [m.shapeOf(pixels, 0, 1), channels, m.shapeOf(pixels, 2, 3), ...counts],
    ['batch', channels, ...places],
  );
}

/** The last channel, the logarithm of the variance of all the others, once for each of them. */
function withOneVariance(m: Module, x: Value): Value {
  const [batch, channels, ...places] = x.dims as [Dim, number, ...Dim[]];
  const last = m.node('Slice', [x, ...[[-1], [2 ** 31 - 1], [1]].map((values) => m.graph.integers(values))], [batch, 1, ...places]);
  return m.node('Concat', [x, ...Array<Value>(channels - 2).fill(last)], [batch, 2 * (channels - 1), ...places], {
    attributes: { axis: 1 },
  });
}

function buildDecoder(
  { decoder, epsilon, latentChannels, patch }: LtxAutoencoderConfig,
  weights: Weights,
  options: BuildOptions,
): BuiltModel {
  const { causal } = decoder;
  const graph = new GraphBuilder('vae decoder');
  const m = new Module(graph, weights, options, 'decoder');
  const latents = graph.input('latent_sample', ['batch', latentChannels, 'latent_frames', 'latent_height', 'latent_width']);
  const told = decoder.timed ? graph.input('timestep', ['timesteps']) : undefined;
  const timestep = told && m.node('Mul', [told, m.weight('timestep_scale_multiplier', [])], told.dims);
  let scale = 1;
  const planes = (name: string, noisy: boolean, layers: number) => {
    if (!noisy) return undefined;
    const dims = ['latent_height', 'latent_width'].map((side) => (scale === 1 ? side : `${side}*${scale}`));
    return graph.input(`${name}_noise`, [2 * layers, ...dims]);
  };
  let x = ltxConvolution(m.at('conv_in'), latents, { causal, out: decoder.channels });
  const noise = planes('mid_block', decoder.noisyMiddle, decoder.middle);
  x = ltxResnets(m.at('mid_block'), x, decoder.middle, { causal, epsilon }, { timestep, noise });
  for (const [i, { layers, out, doubles, residual, factor, noisy }] of decoder.levels.entries()) {
    const block = m.at(`up_blocks.${i}`);
    if (Number(x.dims[1]) !== out * factor) x = ltxResnet(block.at('conv_in'), x, { causal, epsilon, out: out * factor });
    if (doubles) {
      x = ltxUpsample(block.at('upsamplers.0'), x, { factor, residual, causal });
      scale *= 2;
    }
    x = ltxResnets(block, x, layers, { causal, epsilon }, { timestep, noise: planes(`up_blocks_${i}`, noisy, layers) });
  }
  x = placeNorm(m, x);
  if (timestep) {
    const channels = Number(x.dims[1]);
    const [shift, by] = placeModulation(m, timeOfBlock(m, timestep, 2, channels), 2, channels) as [Value, Value];
    x = modulated(m, x, shift, by);
  }
  x = ltxConvolution(m.at('conv_out'), silu(m, x), { causal, out: 3 * patch * patch });
  graph.output(channelsToPixels(m, x, patch), 'sample', ['batch', 3, 'frames', 'height', 'width']);
  return graph.finish();
}

/** Back from channels to squares of pixels. */
function channelsToPixels(m: Module, x: Value, patch: number): Value {
  const [batch, , frames, height, width] = x.dims as [Dim, Dim, Dim, Dim, Dim];
  const apart = m.reshape(x, [m.shapeOf(x, 0, 1), 3, patch, patch, m.shapeOf(x, 2, 5)], [batch, 3, patch, patch, frames, height, width]);
  const sides = m.node('Mul', [m.shapeOf(x, 3, 5), m.graph.integers([patch, patch])], [2]);
  return m.reshape(
    m.transpose(apart, [0, 1, 4, 5, 3, 6, 2]),
    [m.shapeOf(x, 0, 1), 3, m.shapeOf(x, 2, 3), sides],
    [batch, 3, frames, `${height}*${patch}`, `${width}*${patch}`],
  );
}
