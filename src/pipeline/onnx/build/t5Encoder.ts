import { tanhGelu } from './activations.js';
import { multiHeadAttention } from './attention.js';
import type { BuiltModel } from './builtModel.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { linear } from './linear.js';
import { type BuildOptions, Module } from './module.js';
import { rmsNorm } from './normalization.js';
import { ElementType } from '../onnxModel.js';
import { relativePositionBuckets } from './relativePositions.js';
import type { Weights } from './weights.js';

/** The table of words once more, as transformers saves it. */
const harmless = /^encoder\.embed_tokens\.weight$/;

interface T5Shape {
  readonly heads: number;
  /** Channels of all heads together. */
  readonly inner: number;
  readonly channels: number;
  readonly epsilon: number;
  /** Kinds of distances that a bias is learnt for. */
  readonly buckets: number;
}

/**
 * transformers' `UMT5EncoderModel`, which reads Wan's prompts, or `T5EncoderModel` (version 1.1), which reads LTX-Video's, as an ONNX graph.
 *
 * Input: `input_ids` int64 `[batch, tokens]`; there is no mask, every token sees every other. Output: `last_hidden_state` `[batch, tokens, channels]`, float32.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_TENSOR`.
 */
export function buildT5Encoder(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltModel {
  const config = new ConfigReader(json, `${weights.source}'s config.json`);
  config.onlyWith('model_type', ['umt5', 't5'], 'a text encoder other than T5 and UMT5');
  config.onlyWith('feed_forward_proj', ['gated-gelu'], 'an activation that T5 1.1 and UMT5 have not');
  const shape: T5Shape = {
    heads: config.count('num_heads', 6),
    inner: config.count('num_heads', 6) * config.count('d_kv', 64),
    channels: config.count('d_model', 512),
    epsilon: config.positive('layer_norm_epsilon', 1e-6),
    buckets: config.count('relative_attention_num_buckets', 32),
  };
  const graph = new GraphBuilder('text encoder');
  const m = new Module(graph, weights, options);
  const ids = graph.input('input_ids', ['batch', 'tokens'], ElementType.int64);
  const words = weights.has('shared.weight') ? 'shared.weight' : 'encoder.embed_tokens.weight';
  m.requireChannels(words, 1, shape.channels, 'give');
  const distances = relativePositionBuckets(m, ids, shape.buckets, config.count('relative_attention_max_distance', 128));
  const layers = Array.from({ length: config.count('num_layers', 8) }, (_, layer) => m.at(`encoder.block.${layer}`));
  const common = config.given('model_type') === 't5' ? distanceBias(biasesOf(layers[0]!), distances, shape) : undefined;
  let x = m.rows(words, ids);
  for (const layer of layers) x = encoderLayer(layer, x, common ?? distanceBias(biasesOf(layer), distances, shape), shape);
  graph.output(rmsNorm(m.at('encoder.final_layer_norm'), x, shape.epsilon), 'last_hidden_state', ['batch', 'tokens', shape.channels]);
  weights.requireAllUsed(harmless);
  return graph.finish();
}

/** Where a layer keeps what it learnt of distances. */
function biasesOf(layer: Module): Module {
  return layer.at('layer.0.SelfAttention');
}

/** What is added to the scores for the distances of tokens, `[1, heads, tokens, tokens]`: UMT5 learnt it for every layer, T5 once for all of them. */
function distanceBias(m: Module, distances: Value, { heads, buckets }: T5Shape): Value {
  if (m.dims('relative_attention_bias.weight').join() !== [buckets, heads].join())
    throw m.wrongShape('relative_attention_bias.weight', `be [${buckets}, ${heads}]`);
  const byPair = m.transpose(m.rows('relative_attention_bias.weight', distances), [2, 0, 1]);
  return m.node('Unsqueeze', [byPair, m.graph.integers([0])], [1, ...byPair.dims]);
}

/** Self-attention, whose scores are not scaled, and a feed-forward gated by GELU. */
function encoderLayer(outer: Module, x: Value, bias: Value, shape: T5Shape): Value {
  const m = outer.after(x);
  const seen = m.add(x, selfAttention(m.at('layer.0'), x, bias, shape));
  const feed = m.at('layer.1.DenseReluDense');
  const normal = rmsNorm(m.at('layer.1.layer_norm'), seen, shape.epsilon);
  const gate = tanhGelu(feed, linear(feed.at('wi_0'), normal));
  return m.add(seen, linear(feed.at('wo'), m.node('Mul', [gate, linear(feed.at('wi_1'), normal)], gate.dims), shape.channels));
}

function selfAttention(outer: Module, x: Value, bias: Value, { heads, inner, channels, epsilon }: T5Shape): Value {
  const normal = rmsNorm(outer.at('layer_norm'), x, epsilon);
  const m = outer.at('SelfAttention');
  const [q, k, v] = (['q', 'k', 'v'] as const).map((name) => linear(m.at(name), normal, inner)) as [Value, Value, Value];
  return linear(m.at('o'), multiHeadAttention(m, q, k, v, heads, { bias, scale: 1 }), channels);
}
