import type { BuiltAutoencoder } from './autoencoder.js';
import type { BuiltModel, ChunkGraphs } from './builtModel.js';
import { FrameCaches } from './causalConvolution.js';
import { joinPictures, picturesOf, toClip, toPictures } from './clipFrames.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { convolution } from './convolution.js';
import { buildErrors } from './errors.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { Module } from './module.js';
import type { Weights } from './weights.js';

/** What the decoder bounds latents to, by 3 · tanh(x / 3). */
const LATENT_MAGNITUDE = 3;

/** Levels of both halves; each halves, or doubles, the sides. */
const LEVELS = 3;

/** Blocks of a level, each of which looks back by a frame. */
const BLOCKS = 3;

/** Beyond any frame. */
const END = 2 ** 31 - 1;

/**
 * TAEHV (by Ollin Boer Bohan; `taew2_1.safetensors` for Wan 2.1), a tiny autoencoder of clips, as two ONNX graphs: a twentieth of the work of Wan's own, for previews and
 * for haste. Its latents are the transformer's as they are, with no mean and deviation.
 *
 * Encoder: `sample` `[1, 3, 4n + 1, height, width]` in −1…1 → `latent_sample` `[1, channels, n + 1, h, w]`; the last frame is repeated to whole groups of four, as its
 * maker does. Decoder: `latent_sample` → `sample`, not clamped. Both in one pass or chunk by chunk ({@link BuiltModel.inChunks}); chunks of frames are whole groups of four,
 * so that the last frame is repeated before the clip is cut.
 * @param json `latent_channels`; the rest is told by the shapes of its tensors.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_CHECKPOINT_TENSOR`; `FL_MODEL_UNSUPPORTED` for those that work on patches of pixels, such as Wan 2.2's.
 */
export function buildTinyClipAutoencoder(json: ConfigJson, weights: Weights): BuiltAutoencoder {
  const channels = new ConfigReader(json, weights.source).count('latent_channels', 16);
  const [pixels = 0] = weights.dims('decoder.22.weight');
  if (pixels !== 3)
    throw buildErrors.unsupported(weights.source, 'patch_size', Math.sqrt(pixels / 3), 'a TAEHV that works on patches of pixels');
  const inChunks = (build: typeof buildEncoder, lastRepeated = 0): BuiltModel => {
    const graph = (part: 'first' | 'next') => build(channels, weights, new FrameCaches(part));
    let chunks: ChunkGraphs | undefined;
    return { ...build(channels, weights), inChunks: () => (chunks ??= { first: graph('first'), next: graph('next'), lastRepeated }) };
  };
  const built = { encoder: inChunks(buildEncoder, framesToOne(weights) - 1), decoder: inChunks(buildDecoder) };
  weights.requireAllUsed();
  return built;
}

/** Frames that the encoder makes one latent frame of. */
function framesToOne(weights: Weights): number {
  const m = new Module(new GraphBuilder('tiny vae encoder'), weights, {}, 'encoder');
  let frames = 1;
  for (let level = 0; level < LEVELS; level++) frames *= timesOf(m.at(`${2 + (2 + BLOCKS) * level}.conv`), 1);
  return frames;
}

function buildEncoder(channels: number, weights: Weights, caches?: FrameCaches): BuiltModel {
  const graph = new GraphBuilder('tiny vae encoder');
  const m = new Module(graph, weights, {}, 'encoder');
  const clip = graph.input('sample', [1, 3, 'frames', 'height', 'width']);
  let x = scaled(m, toPictures(m, clip), 0.5, 0.5);
  if (!caches) {
    const repeated = framesToOne(weights) - 1;
    const last = picturesOf(m, x, -1, END, 1);
    x = joinPictures(m, [x, ...Array<Value>(repeated).fill(last)], `frames+${repeated}`);
  }
  x = relu(m, convolution(m.at('0'), x));
  let layer = 2;
  for (let level = 0; level < LEVELS; level++) {
    x = pooled(m.at(`${layer++}.conv`), x);
    x = convolution(m.at(`${layer++}`), x, { stride: 2 });
    for (let block = 0; block < BLOCKS; block++) x = memoryBlock(m.at(`${layer++}`), x, caches);
  }
  x = convolution(m.at(`${layer}`), x, { out: channels });
  graph.output(toClip(m, x), 'latent_sample', [1, channels, 'latent_frames', 'latent_height', 'latent_width']);
  caches?.giveOut(graph);
  return graph.finish();
}

function buildDecoder(channels: number, weights: Weights, caches: FrameCaches | undefined): BuiltModel {
  const graph = new GraphBuilder('tiny vae decoder');
  const m = new Module(graph, weights, {}, 'decoder');
  const clip = graph.input('latent_sample', [1, channels, 'latent_frames', 'latent_height', 'latent_width']);
  let x = scaled(m, toPictures(m, clip), 1 / LATENT_MAGNITUDE, 0);
  x = scaled(m, m.node('Tanh', [x], x.dims), LATENT_MAGNITUDE, 0);
  x = relu(m, convolution(m.at('1'), x));
  let [layer, compression] = [3, 1];
  for (let level = 0; level < LEVELS; level++) {
    for (let block = 0; block < BLOCKS; block++) x = memoryBlock(m.at(`${layer++}`), x, caches);
    layer++;
    const grow = m.at(`${layer++}.conv`);
    compression *= timesOf(grow, 0);
    x = grown(grow, twiceInSpace(m, x));
    x = convolution(m.at(`${layer++}`), x);
  }
  x = convolution(m.at(`${layer + 1}`), relu(m, x), { out: 3 });
  // The first latent frame stands for one frame; those that it would be the end of are left out.
  if (caches?.part !== 'next') x = picturesOf(m, x, compression - 1, END, 'frames');
  graph.output(toClip(m, scaled(m, x, 2, -1)), 'sample', [1, 3, 'frames', 'height', 'width']);
  caches?.giveOut(graph);
  return graph.finish();
}

/** TAEHV's `MemBlock`: three convolutions over a frame beside the one before it, and what came in. Before the first stand zeros. */
function memoryBlock(m: Module, x: Value, caches?: FrameCaches): Value {
  const first = picturesOf(m, x, 0, 1, 1);
  const before = caches?.earlier(m, first) ?? m.node('Mul', [first, m.graph.numbers([0], [])], first.dims);
  caches?.keep(m, picturesOf(m, x, -1, END, 1));
  const past = picturesOf(m, joinPictures(m, [before, x], `${x.dims[0]}+1`), 0, -1, x.dims[0]!);
  const channels = Number(x.dims[1]);
  const both = m.node('Concat', [x, past], [x.dims[0]!, 2 * channels, ...x.dims.slice(2)], { attributes: { axis: 1 } });
  const second = relu(m, convolution(m.at('conv.2'), relu(m, convolution(m.at('conv.0'), both))));
  const third = convolution(m.at('conv.4'), second);
  return relu(m, m.add(third, m.has('skip.weight') ? convolution(m.at('skip'), x) : x));
}

/** TAEHV's `TPool`: so many frames, one in the channels of the other, become one. */
function pooled(m: Module, x: Value): Value {
  const times = timesOf(m, 1);
  return convolution(m, times === 1 ? x : beside(m, x, Number(x.dims[1]) * times, `${x.dims[0]}/${times}`));
}

/** TAEHV's `TGrow`: the channels of a frame become so many frames. */
function grown(m: Module, x: Value): Value {
  const y = convolution(m, x);
  const times = timesOf(m, 0);
  return times === 1 ? y : beside(m, y, Number(x.dims[1]), `${x.dims[0]}*${times}`);
}

/** The same numbers as frames of so many channels. */
function beside(m: Module, x: Value, channels: number, frames: string): Value {
  return m.reshape(x, [-1, channels, m.shapeOf(x, 2, 4)], [frames, channels, ...x.dims.slice(2)]);
}

/** How many frames a layer makes one, or makes of one, by its weights. @param axis that has the channels of all of them. */
function timesOf(m: Module, axis: 0 | 1): number {
  const dims = m.dims('weight');
  const times = dims[axis]! / dims[1 - axis]!;
  if (times !== 1 && times !== 2) throw m.wrongShape('weight', 'have as many channels on both sides, or twice as many on one');
  return times;
}

function twiceInSpace(m: Module, x: Value): Value {
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const dims = x.dims.map((dim, axis) => (axis < 2 ? dim : `${dim}*2`));
  return m.node('Resize', [x, undefined, m.graph.numbers([1, 1, 2, 2])], dims, { attributes });
}

/** x · factor + offset. */
function scaled(m: Module, x: Value, factor: number, offset: number): Value {
  const product = m.node('Mul', [x, m.graph.numbers([factor], [])], x.dims);
  return offset === 0 ? product : m.add(product, m.graph.numbers([offset], []));
}

function relu(m: Module, x: Value): Value {
  return m.node('Relu', [x], x.dims);
}
