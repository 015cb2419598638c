import path from 'node:path';
import type { SafetensorsEntry } from '../core/index.js';
import { type ConfigJson, Weights } from '../onnx/index.js';
import type { NetworkFiles } from './buildNetworks.js';
import { checkpointErrors } from './errors.js';
import { readCheckpointHeader } from './partWeights.js';
import { wanTensorName } from './wanNames.js';

type Tensors = ReadonlyMap<string, SafetensorsEntry>;

/** How ComfyUI's files begin names. */
const prefix = /^(model\.)?diffusion_model\./;

/** A tensor of every Wan transformer, in Wan's own names. */
const MARK = 'time_projection.1.weight';

/** Channels of a head in every Wan that was released; no shape tells. */
const HEAD_WIDTH = 128;

/** Whether tensors are those of a Wan transformer in Wan's own names, of a file by itself. */
export function isWanFile(tensors: Tensors): boolean {
  return [...tensors.keys()].some((name) => name.replace(prefix, '') === MARK);
}

/** A Wan transformer's weights under diffusers' names, whichever they have; others as they are. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for names of neither. */
export function wanWeights(weights: Weights): Weights {
  if (!isWanFile(weights.tensors)) return weights;
  const [found, left] = [new Map<string, SafetensorsEntry>(), new Map<string, SafetensorsEntry>()];
  for (const [name, entry] of weights.tensors) {
    const ours = wanTensorName(name.replace(prefix, ''));
    if (ours === undefined) left.set(name, entry);
    else found.set(ours, entry);
  }
  new Weights(left, weights.source).requireAllUsed();
  return new Weights(found, weights.source);
}

/**
 * Reads a Wan transformer in one file, in Wan's own names or diffusers': plain or VACE, told by its tensors, whose shapes tell its settings.
 *
 * @param known settings of the transformer whose place it takes, for what no shape tells: the channels of a head.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` for other files, and for a Wan from image to video; `FL_CHECKPOINT_…` for damaged ones.
 */
export async function readWanFile(file: string, known: ConfigJson): Promise<NetworkFiles> {
  const { tensors } = await readCheckpointHeader(file);
  if ([...tensors.keys()].some((name) => /img_emb\.|image_embedder\.|k_img\.|add_k_proj\./.test(name)))
    throw checkpointErrors.otherKind(file, 'a Wan from image to video, which is shown a picture');
  const weights = wanWeights(new Weights(tensors, path.basename(file)));
  if (!weights.has('condition_embedder.time_proj.weight')) throw checkpointErrors.otherKind(file, 'no transformer of Wan');
  return { config: { ...known, ...inferWanConfig(weights, known) }, weights };
}

function inferWanConfig(weights: Weights, known: ConfigJson): ConfigJson {
  const [channels = 0, inChannels = 0, ...patch] = weights.dims('patch_embedding.weight');
  const headWidth = typeof known.attention_head_dim === 'number' ? known.attention_head_dim : HEAD_WIDTH;
  const count = (blocks: string) => {
    let found = 0;
    while (weights.has(`${blocks}.${found}.attn1.to_q.weight`)) found++;
    return found;
  };
  const [layers, hints] = [count('blocks'), count('vace_blocks')];
  const [numbers = 0] = weights.dims('proj_out.weight');
  const settings = {
    _class_name: 'WanTransformer3DModel',
    patch_size: patch,
    num_attention_heads: channels / headWidth,
    attention_head_dim: headWidth,
    in_channels: inChannels,
    out_channels: numbers / patch.reduce((product, side) => product * side, 1),
    text_dim: weights.dims('condition_embedder.text_embedder.linear_1.weight')[1],
    freq_dim: weights.dims('condition_embedder.time_embedder.linear_1.weight')[1],
    ffn_dim: weights.dims('blocks.0.ffn.net.0.proj.weight')[0],
    num_layers: layers,
    cross_attn_norm: weights.has('blocks.0.norm2.weight'),
  };
  if (hints === 0) return settings;
  return {
    ...settings,
    _class_name: 'WanVACETransformer3DModel',
    // Every so many blocks, as in both that were released.
    vace_layers: Array.from({ length: hints }, (_, i) => i * Math.ceil(layers / hints)),
    vace_in_channels: weights.dims('vace_patch_embedding.weight')[1],
  };
}
