import { type ConfigJson, ConfigReader } from './configReader.js';
import type { WanBlockShape } from './wanBlock.js';

/** Settings of a Wan transformer. */
export interface WanConfig {
  /** Frames, rows and columns of latents that make a token. */
  readonly patch: readonly [number, number, number];
  /** Channels of the latents. */
  readonly inChannels: number;
  /** Channels of the velocity. */
  readonly outChannels: number;
  /** Channels of the text embeddings. */
  readonly textChannels: number;
  /** Sinusoids of the timestep. */
  readonly timeWidth: number;
  /** Blocks, one after the other. */
  readonly layers: number;
  /** Most tokens along one axis. */
  readonly longest: number;
  readonly block: WanBlockShape;
}

/**
 * Settings of diffusers' `WanTransformer3DModel`, with its defaults.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`; `FL_MODEL_UNSUPPORTED` for image to video (Wan 2.1 I2V) and other attentions.
 */
export function readWanConfig(json: ConfigJson, source: string): WanConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('_class_name', ['WanTransformer3DModel'], 'a transformer other than Wan’s from text to video');
  config.onlyWith('image_dim', [], 'a Wan from image to video, which is shown a picture');
  config.onlyWith('added_kv_proj_dim', [], 'a Wan from image to video, which is shown a picture');
  config.onlyWith('pos_embed_seq_len', [], 'a Wan from first and last frame');
  config.onlyWith('qk_norm', ['rms_norm_across_heads'], 'a norm of queries and keys that Wan 2.1 has not');
  const patch = config.given('patch_size') === undefined ? [1, 2, 2] : config.counts('patch_size');
  if (patch.length !== 3) throw config.wrong('patch_size', patch, 'three whole numbers: frames, height, width');
  const [heads, width] = [config.count('num_attention_heads', 40), config.count('attention_head_dim', 128)];
  if (width % 8 !== 0) throw config.wrong('attention_head_dim', width, 'a multiple of 8');
  const inChannels = config.count('in_channels', 16);
  const outChannels = config.count('out_channels', inChannels);
  if (inChannels !== outChannels)
    throw config.unsupported(
      'in_channels',
      inChannels,
      `while out_channels is ${outChannels}: a Wan from image to video, which is shown a picture`,
    );
  return {
    patch: patch as [number, number, number],
    inChannels,
    outChannels,
    textChannels: config.count('text_dim', 4096),
    timeWidth: 2 * Math.floor(config.count('freq_dim', 256) / 2),
    layers: config.count('num_layers', 40),
    longest: config.count('rope_max_seq_len', 1024),
    block: {
      heads,
      channels: heads * width,
      epsilon: config.positive('eps', 1e-6),
      normalisesForText: config.flag('cross_attn_norm', true),
    },
  };
}
