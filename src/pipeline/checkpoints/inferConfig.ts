import type { SafetensorsEntry } from '../core/index.js';
import type { ConfigJson } from '../onnx/index.js';
import { checkpointErrors } from './errors.js';

type Tensors = ReadonlyMap<string, SafetensorsEntry>;

/** Widths of the text embeddings by which Stable Diffusion 1.x and 2.x are told apart. */
const WIDTH_1 = 768;
const WIDTH_2 = 1024;
/** Channels of a head in Stable Diffusion 2.x and in CLIP; version 1.x has eight heads instead. */
const HEAD_WIDTH = 64;

/**
 * The settings of a UNet that comes without any: its tensors' shapes tell them, and its text's width how many heads it has.
 *
 * @param tensors by diffusers' names.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` for a width that belongs to neither Stable Diffusion 1.x nor 2.x.
 */
export function inferUNetConfig(tensors: Tensors, file: string): ConfigJson {
  const channels = levelsOf(tensors, (level) => `down_blocks.${level}.resnets.0.conv1.weight`).map(([out]) => out!);
  const attends = [...tensors.keys()].find((name) => name.endsWith('attn2.to_k.weight'));
  const [, textWidth] = dimsOf(tensors, attends ?? 'mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight', file);
  if (textWidth !== WIDTH_1 && textWidth !== WIDTH_2) throw checkpointErrors.unknownWidth(file, textWidth ?? 0);
  const attention = channels.map((_, level) => tensors.has(`down_blocks.${level}.attentions.0.proj_in.weight`));
  const count = (name: (index: number) => string) => levelsOf(tensors, name).length;
  const guidance = tensors.get('time_embedding.cond_proj.weight')?.dims[1];
  return {
    _class_name: 'UNet2DConditionModel',
    in_channels: dimsOf(tensors, 'conv_in.weight', file)[1],
    out_channels: tensors.get('conv_out.weight')?.dims[0] ?? 4,
    block_out_channels: channels,
    layers_per_block: count((layer) => `down_blocks.0.resnets.${layer}.conv1.weight`),
    cross_attention_dim: textWidth,
    attention_head_dim: textWidth === WIDTH_1 ? 8 : channels.map((width) => Math.max(1, width / HEAD_WIDTH)),
    down_block_types: attention.map((attended) => (attended ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: [...attention].reverse().map((attended) => (attended ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    ...(guidance === undefined ? {} : { time_cond_proj_dim: guidance }),
    sample_size: 64,
  };
}

/** The settings of an autoencoder that comes without any. The scale of Stable Diffusion's latents stands in no file. */
export function inferVaeConfig(tensors: Tensors, file: string): ConfigJson {
  return {
    _class_name: 'AutoencoderKL',
    block_out_channels: levelsOf(tensors, (level) => `encoder.down_blocks.${level}.resnets.0.conv1.weight`).map(([out]) => out!),
    layers_per_block: levelsOf(tensors, (layer) => `encoder.down_blocks.0.resnets.${layer}.conv1.weight`).length,
    latent_channels: dimsOf(tensors, 'decoder.conv_in.weight', file)[1],
    scaling_factor: 0.18215,
  };
}

/** What TAEHV's class is called here; diffusers has none for it. */
export const TINY_CLIP_AUTOENCODER = 'TAEHV';

/** Whether an autoencoder's file is TAEHV's, by its own names. */
export function isTinyClipAutoencoder(tensors: Tensors): boolean {
  return ['encoder.2.conv.weight', 'decoder.3.conv.0.weight', 'decoder.7.conv.weight'].every((name) => tensors.has(name));
}

/** The settings of TAEHV: latents without mean and deviation, and how much it compresses space and time. */
export function inferTinyClipConfig(tensors: Tensors, file: string): ConfigJson {
  const channels = dimsOf(tensors, 'decoder.1.weight', file)[1] ?? 0;
  const grows = [7, 13, 19].filter((layer) => {
    const [out = 0, inner = 0] = dimsOf(tensors, `decoder.${layer}.conv.weight`, file);
    return out > inner;
  });
  return {
    _class_name: TINY_CLIP_AUTOENCODER,
    latent_channels: channels,
    latents_mean: Array<number>(channels).fill(0),
    latents_std: Array<number>(channels).fill(1),
    temporal_compression_ratio: 2 ** grows.length,
    vae_scale_factor: 8,
  };
}

/** The settings of CLIP's text encoder: OpenAI's (Stable Diffusion 1.x) or open_clip's (2.x). @param tensors by transformers' names, `text_model.` in front. */
export function inferTextConfig(tensors: Tensors, file: string): ConfigJson {
  const [, width = 0] = dimsOf(tensors, 'text_model.embeddings.token_embedding.weight', file);
  return {
    model_type: 'clip_text_model',
    hidden_size: width,
    num_hidden_layers: levelsOf(tensors, (layer) => `text_model.encoder.layers.${layer}.layer_norm1.weight`).length,
    num_attention_heads: Math.max(1, Math.floor(width / HEAD_WIDTH)),
    hidden_act: width === WIDTH_1 ? 'quick_gelu' : 'gelu',
  };
}

/** The settings of AnimateDiff's motion modules. */
export function inferMotionConfig(tensors: Tensors): ConfigJson {
  const [, positions] = [...tensors].find(([name]) => name.endsWith('.pos_embed.pe'))?.[1].dims ?? [];
  return {
    _class_name: 'MotionAdapter',
    motion_num_attention_heads: 8,
    ...(positions === undefined ? {} : { motion_max_seq_length: positions }),
  };
}

/** Shapes of the tensors that a name gives for 0, 1, 2, … until one is missing. */
function levelsOf(tensors: Tensors, name: (index: number) => string): (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (let entry = tensors.get(name(0)); entry !== undefined; entry = tensors.get(name(found.length))) found.push(entry.dims);
  return found;
}

function dimsOf(tensors: Tensors, name: string, file: string): readonly number[] {
  const entry = tensors.get(name);
  if (!entry) throw checkpointErrors.notWhole(file, name);
  return entry.dims;
}
