import { textActivations } from './activations.js';
import { attention, type ProjectionNames } from './attention.js';
import type { BuiltModel } from './builtModel.js';
import { type ConfigJson, ConfigReader } from './configReader.js';
import { GraphBuilder, type Value } from './graphBuilder.js';
import { linear } from './linear.js';
import { type BuildOptions, Module } from './module.js';
import { layerNorm } from './normalization.js';
import { ElementType } from '../onnxModel.js';
import type { Weights } from './weights.js';

const projections: ProjectionNames = { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: 'out_proj' };

/** Added to the scores of tokens that a token must not see: exp of it is 0. */
const UNSEEN = -1e9;

/** Older files carry the positions' numbers along; those with a projection are cut down to what Stable Diffusion uses. */
const harmless = /(^|\.)embeddings\.position_ids$|^text_projection\.weight$/;

interface Shape {
  readonly layers: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly activation: (m: Module, x: Value) => Value;
}

/**
 * transformers' `CLIPTextModel` as an ONNX graph.
 *
 * Input: `input_ids` int64 `[batch, tokens]`. Output: `last_hidden_state` `[batch, tokens, channels]`, float32.
 * @param json its config.json.
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_TENSOR`.
 */
export function buildClipText(json: ConfigJson, weights: Weights, options: BuildOptions = {}): BuiltModel {
  const config = new ConfigReader(json, `${weights.source}'s config.json`);
  config.onlyWith('model_type', ['clip_text_model', 'clip'], 'a text encoder other than CLIP’s');
  const shape = shapeOf(config);
  const width = config.count('hidden_size', 512);
  const graph = new GraphBuilder('text encoder');
  // Files of transformers 5 have no prefix.
  const m = new Module(graph, weights, options, weights.has('text_model.final_layer_norm.weight') ? 'text_model' : '');
  const ids = graph.input('input_ids', ['batch', 'tokens'], ElementType.int64);
  const length = m.shapeOf(ids, 1, 2);
  const words = m.rows('embeddings.token_embedding.weight', ids);
  m.requireChannels('embeddings.token_embedding.weight', 1, width, 'give');
  m.requireChannels('embeddings.position_embedding.weight', 1, width, 'give');
  const places = m.node(
    'Range',
    [graph.integers([0], []), m.node('Squeeze', [length, graph.integers([0])], []), graph.integers([1], [])],
    ['tokens'],
  );
  let x = m.add(words, m.rows('embeddings.position_embedding.weight', places));
  const unseen = laterTokens(m, length);
  for (let layer = 0; layer < shape.layers; layer++) x = encoderLayer(m.at(`encoder.layers.${layer}`), x, unseen, shape);
  graph.output(layerNorm(m.at('final_layer_norm'), x, shape.epsilon), 'last_hidden_state', ['batch', 'tokens', width]);
  weights.requireAllUsed(harmless);
  return graph.finish();
}

function shapeOf(config: ConfigReader): Shape {
  const name = config.given('hidden_act') ?? 'quick_gelu';
  if (typeof name !== 'string' || !Object.hasOwn(textActivations, name))
    throw config.unsupported('hidden_act', name, 'an activation that CLIP has not');
  return {
    layers: config.count('num_hidden_layers', 12),
    heads: config.count('num_attention_heads', 8),
    epsilon: config.positive('layer_norm_eps', 1e-5),
    activation: textActivations[name]!,
  };
}

/** −∞ above the diagonal: a token sees itself and those before it. `[1, 1, tokens, tokens]` */
function laterTokens(m: Module, length: Value): Value {
  const dims = [1, 1, 'tokens', 'tokens'];
  const square = m.node('Expand', [m.graph.numbers([UNSEEN], [1, 1, 1, 1]), m.joined([1, 1, length, length])], dims);
  return m.node('Trilu', [square, m.graph.integers([1], [])], dims, { attributes: { upper: 1 } });
}

function encoderLayer(outer: Module, x: Value, unseen: Value, { heads, epsilon, activation }: Shape): Value {
  const m = outer.after(x);
  const normal = layerNorm(m.at('layer_norm1'), x, epsilon);
  const seen = m.add(x, attention(m.at('self_attn'), normal, normal, heads, { bias: unseen, names: projections }));
  const wide = activation(m, linear(m.at('mlp.fc1'), layerNorm(m.at('layer_norm2'), seen, epsilon)));
  return m.add(seen, linear(m.at('mlp.fc2'), wide, Number(x.dims[2])));
}
