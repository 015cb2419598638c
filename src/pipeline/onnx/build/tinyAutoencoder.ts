import { type ConfigJson, ConfigReader } from './configReader.js';
import type { BuiltAutoencoder } from './autoencoder.js';
import { convolution } from './convolution.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { Module } from './module.js';
import type { Weights } from './weights.js';

/** What the decoder bounds latents to, by 3 · tanh(x / 3). */
const LATENT_MAGNITUDE = 3;

interface TinyConfig {
  readonly encoder: Half;
  readonly decoder: Half;
  readonly latentChannels: number;
  readonly pixelChannels: number;
}

interface Half {
  readonly channels: readonly number[];
  /** Blocks of each level. */
  readonly blocks: readonly number[];
}

/**
 * diffusers' `AutoencoderTiny` (TAESD, by Ollin Boer Bohan) as two ONNX graphs: a hundredth of the VAE's work, for previews and for haste.
 *
 * Encoder: `sample` `[batch, 3, height, width]` in −1…1 → `latent_sample`, scaled as the UNet wants it. Decoder: `latent_sample` → `sample`.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_TENSOR`.
 */
export function buildTinyAutoencoder(json: ConfigJson, weights: Weights): BuiltAutoencoder {
  const config = readConfig(json, `${weights.source}'s config.json`);
  const built = { encoder: buildEncoder(config, weights), decoder: buildDecoder(config, weights) };
  weights.requireAllUsed();
  return built;
}

function readConfig(json: ConfigJson, source: string): TinyConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('act_fn', ['relu'], 'an activation that TAESD has not');
  config.onlyWith('upsampling_scaling_factor', [2], 'an enlargement that TAESD has not');
  const half = (name: string): Half => {
    const channels = config.counts(`${name}_block_out_channels`);
    return { channels, blocks: config.perLevel([`num_${name}_blocks`], channels.length, 3) };
  };
  return {
    encoder: half('encoder'),
    decoder: half('decoder'),
    latentChannels: config.count('latent_channels', 4),
    pixelChannels: config.count('in_channels', 3),
  };
}

function buildEncoder({ encoder, latentChannels, pixelChannels }: TinyConfig, weights: Weights) {
  const graph = new GraphBuilder('tiny vae encoder');
  const m = new Module(graph, weights, {}, 'encoder.layers');
  const number = (value: number) => graph.numbers([value], []);
  let x = graph.input('sample', ['batch', pixelChannels, 'height', 'width']);
  // −1…1 to 0…1.
  x = m.node('Mul', [m.add(x, number(1)), number(0.5)], x.dims);
  let layer = 0;
  for (const [level, out] of encoder.channels.entries()) {
    x = convolution(m.at(`${layer++}`), x, { stride: level === 0 ? 1 : 2, out });
    for (let block = 0; block < encoder.blocks[level]!; block++) x = tinyBlock(m.at(`${layer++}`), x);
  }
  graph.output(convolution(m.at(`${layer}`), x, { out: latentChannels }), 'latent_sample', [
    'batch',
    latentChannels,
    'latent_height',
    'latent_width',
  ]);
  return graph.finish();
}

function buildDecoder({ decoder, latentChannels, pixelChannels }: TinyConfig, weights: Weights) {
  const graph = new GraphBuilder('tiny vae decoder');
  const m = new Module(graph, weights, {}, 'decoder.layers');
  const number = (value: number) => graph.numbers([value], []);
  let x = graph.input('latent_sample', ['batch', latentChannels, 'latent_height', 'latent_width']);
  x = m.node('Mul', [m.node('Tanh', [m.node('Div', [x, number(LATENT_MAGNITUDE)], x.dims)], x.dims), number(LATENT_MAGNITUDE)], x.dims);
  x = relu(m, convolution(m.at('0'), x, { out: decoder.channels[0] }));
  // The activation, and later each enlargement, counts as a layer.
  let layer = 2;
  for (const [level, out] of decoder.channels.entries()) {
    for (let block = 0; block < decoder.blocks[level]!; block++) x = tinyBlock(m.at(`${layer++}`), x);
    const isLast = level === decoder.channels.length - 1;
    if (!isLast) {
      layer++;
      const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
      x = m.node(
        'Resize',
        [x, undefined, graph.numbers([1, 1, 2, 2])],
        x.dims.map((dim, axis) => (axis < 2 ? dim : `${dim}*2`)),
        { attributes },
      );
    }
    x = convolution(m.at(`${layer++}`), x, { out: isLast ? pixelChannels : out });
  }
  x = m.node('Sub', [m.node('Mul', [x, number(2)], x.dims), number(1)], x.dims);
  graph.output(x, 'sample', ['batch', pixelChannels, 'height', 'width']);
  return graph.finish();
}

/** diffusers' `AutoencoderTinyBlock`: three convolutions, and what came in. */
function tinyBlock(m: Module, x: Value): Value {
  const first = relu(m, convolution(m.at('conv.0'), x));
  const third = convolution(m.at('conv.4'), relu(m, convolution(m.at('conv.2'), first)));
  return relu(m, m.add(third, m.has('skip.weight') ? convolution(m.at('skip'), x) : x));
}

function relu(m: Module, x: Value): Value {
  return m.node('Relu', [x], x.dims);
}
