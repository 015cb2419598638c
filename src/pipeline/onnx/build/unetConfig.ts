import { type ConfigJson, ConfigReader } from './configReader.js';
import type { Norms } from './resnet.js';
import type { TimeEmbeddingOptions } from './timeEmbedding.js';

/** What a UNet of Stable Diffusion (or the half of one that a ControlNet is) is made of, level by level from the largest maps down. */
export interface UNetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels of each level. */
  readonly channels: readonly number[];
  /** Resnets of each level on the way down; one more on the way up. */
  readonly layers: readonly number[];
  /** Heads of each level's attentions. */
  readonly heads: readonly number[];
  /** Transformer blocks after each resnet. */
  readonly depth: readonly number[];
  /** Whether the levels' resnets are followed by transformers, on the way down (from the top) and up (from the bottom). */
  readonly downAttention: readonly boolean[];
  readonly upAttention: readonly boolean[];
  /** Whether there is a block in the middle; some small consistency models have none. */
  readonly hasMiddle: boolean;
  /** Channels of the text embeddings. */
  readonly textChannels: number;
  readonly norms: Norms;
  readonly time: TimeEmbeddingOptions;
  /** Channels of `timestep_cond`, for latent consistency models. */
  readonly guidanceChannels: number | undefined;
}

const downBlocks = { CrossAttnDownBlock2D: true, DownBlock2D: false, CrossAttnDownBlockMotion: true, DownBlockMotion: false };
const upBlocks = { CrossAttnUpBlock2D: true, UpBlock2D: false, CrossAttnUpBlockMotion: true, UpBlockMotion: false };

/** Settings of other networks: their names, the values that change nothing, and what they mean. */
const foreign: readonly [name: string, fine: readonly unknown[], reason: string][] = [
  ['addition_embed_type', [], 'which Stable Diffusion XL and its kin have'],
  ['class_embed_type', [], 'a network that is told a class (an upscaler, unCLIP)'],
  ['num_class_embeds', [], 'a network that is told a class (an upscaler)'],
  ['encoder_hid_dim', [], 'a network that is led by a picture (Kandinsky, IP-Adapter)'],
  ['encoder_hid_dim_type', [], 'a network that is led by a picture (Kandinsky, IP-Adapter)'],
  ['dual_cross_attention', [false], 'Versatile Diffusion'],
  ['only_cross_attention', [false], 'an upscaler'],
  ['mid_block_only_cross_attention', [false], 'an upscaler'],
  ['cross_attention_norm', [], 'a norm of the text that Stable Diffusion has not'],
  ['mid_block_type', ['UNetMidBlock2DCrossAttn', 'UNetMidBlockCrossAttnMotion'], 'a middle other than Stable Diffusion’s'],
  ['mid_block_scale_factor', [1], 'a scale that Stable Diffusion has not'],
  ['resnet_time_scale_shift', ['default'], 'DeepFloyd IF’s way of telling the time'],
  ['resnet_skip_time_act', [false], 'DeepFloyd IF’s way of telling the time'],
  ['resnet_out_scale_factor', [1], 'a scale that Stable Diffusion has not'],
  ['time_embedding_type', ['positional'], 'a way of telling the time that Stable Diffusion has not'],
  ['time_embedding_act_fn', [], 'a way of telling the time that Stable Diffusion has not'],
  ['timestep_post_act', [], 'a way of telling the time that Stable Diffusion has not'],
  ['center_input_sample', [false], 'an input that Stable Diffusion has not'],
  ['act_fn', ['silu', 'swish'], 'an activation that Stable Diffusion has not'],
  ['attention_type', ['default'], 'GLIGEN'],
  ['reverse_transformer_layers_per_block', [], 'Stable Diffusion XL’s kin'],
  ['downsample_padding', [1], 'a padding that Stable Diffusion has not'],
  ['conv_in_kernel', [3], 'a kernel that Stable Diffusion has not'],
];

/**
 * Reads the config.json of a `UNet2DConditionModel`, `UNetMotionModel` or `ControlNetModel`.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG` for settings of the wrong form; `FL_MODEL_UNSUPPORTED` by name for those of other networks.
 */
export function readUNetConfig(json: ConfigJson, source: string): UNetConfig {
  const config = new ConfigReader(json, source);
  for (const [name, fine, reason] of foreign) config.onlyWith(name, fine, reason);
  const channels = config.counts('block_out_channels');
  const levels = channels.length;
  const upTypes = config.given('up_block_types') === undefined ? undefined : config.words('up_block_types', levels, upBlocks);
  const textChannels = config.perLevel(['cross_attention_dim'], levels, 1280);
  if (textChannels.some((width) => width !== textChannels[0]))
    throw config.unsupported('cross_attention_dim', textChannels, 'text of several widths');
  if (channels[0]! % 2 !== 0) throw config.wrong('block_out_channels', channels, 'a list that begins with an even number');
  return {
    inChannels: config.count('in_channels', 4),
    outChannels: config.count('out_channels', 4),
    channels,
    layers: config.perLevel(['layers_per_block'], levels, 2),
    // diffusers calls the number of heads `attention_head_dim`, a naming mistake that its files have kept.
    heads: config.perLevel(['num_attention_heads', 'attention_head_dim'], levels, 8),
    depth: config.perLevel(['transformer_layers_per_block'], levels, 1),
    downAttention: config.words('down_block_types', levels, downBlocks),
    upAttention: upTypes ?? [],
    hasMiddle: !('mid_block_type' in json) || json.mid_block_type !== null,
    textChannels: textChannels[0]!,
    norms: { groups: config.count('norm_num_groups', 32), epsilon: config.positive('norm_eps', 1e-5) },
    time: { width: channels[0]!, flipSinToCos: config.flag('flip_sin_to_cos', true), freqShift: Number(config.given('freq_shift') ?? 0) },
    guidanceChannels: config.given('time_cond_proj_dim') === undefined ? undefined : config.count('time_cond_proj_dim'),
  };
}
