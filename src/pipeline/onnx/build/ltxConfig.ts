import { type ConfigJson, ConfigReader } from './configReader.js';

/** Settings of LTX-Video's transformer. */
export interface LtxConfig {
  /** Channels of the latents. */
  readonly inChannels: number;
  /** Channels of the velocity. */
  readonly outChannels: number;
  /** Channels of the text embeddings. */
  readonly textChannels: number;
  /** Heads of each attention. */
  readonly heads: number;
  /** Channels of all heads together, which are those of the tokens. */
  readonly channels: number;
  /** Blocks, one after the other. */
  readonly layers: number;
  /** Of the norms before attention and feed-forward. */
  readonly epsilon: number;
}

/**
 * Settings of diffusers' `LTXVideoTransformer3DModel`, with their defaults.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`; `FL_MODEL_UNSUPPORTED` for patches, norms and activations that no LTX-Video was released with.
 */
export function readLtxConfig(json: ConfigJson, source: string): LtxConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('_class_name', ['LTXVideoTransformer3DModel'], 'a transformer other than LTX-Video’s');
  for (const name of ['patch_size', 'patch_size_t']) config.onlyWith(name, [1], 'patches of several latents, which LTX-Video has not');
  config.onlyWith('qk_norm', ['rms_norm_across_heads'], 'a norm of queries and keys that LTX-Video has not');
  config.onlyWith('activation_fn', ['gelu-approximate'], 'an activation that LTX-Video has not');
  config.onlyWith('norm_elementwise_affine', [false], 'norms with weights, which LTX-Video has not');
  const [heads, width] = [config.count('num_attention_heads', 32), config.count('attention_head_dim', 64)];
  const channels = heads * width;
  if (channels % 8 !== 0)
    throw config.wrong('attention_head_dim', width, `such that ${heads} heads have a multiple of 8 channels together`);
  const between = config.count('cross_attention_dim', 2048);
  if (between !== channels) throw config.wrong('cross_attention_dim', between, `${channels}, the channels of the tokens`);
  const inChannels = config.count('in_channels', 128);
  const outChannels = config.count('out_channels', inChannels);
  if (inChannels !== outChannels)
    throw config.unsupported('in_channels', inChannels, `while out_channels is ${outChannels}: a model that is shown something besides`);
  return {
    inChannels,
    outChannels,
    textChannels: config.count('caption_channels', 4096),
    heads,
    channels,
    layers: config.count('num_layers', 28),
    epsilon: config.positive('norm_eps', 1e-6),
  };
}
