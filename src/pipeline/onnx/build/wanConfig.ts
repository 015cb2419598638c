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
  /** What makes it a VACE: its hints; undefined for the plain transformer. */
  readonly hints?: VaceHintsConfig | undefined;
}

/** Settings of what VACE adds to a Wan transformer: blocks of their own for the control, each of which gives a hint to one of the transformer's. */
export interface VaceHintsConfig {
  /** Blocks behind which a hint is added, one for each of VACE's own; the first is 0. */
  readonly layers: readonly number[];
  /** Channels of the control: the latents of what is kept, of what is changed, and the mask. */
  readonly channels: number;
}

/** The class of a transformer with hints. */
const VACE = 'WanVACETransformer3DModel';

/**
 * Settings of diffusers' `WanTransformer3DModel` or `WanVACETransformer3DModel`, with their defaults.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`; `FL_MODEL_UNSUPPORTED` for image to video (Wan 2.1 I2V) and other attentions.
 */
export function readWanConfig(json: ConfigJson, source: string): WanConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('_class_name', ['WanTransformer3DModel', VACE], 'a transformer other than Wan’s from text to video and VACE’s');
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
  const layers = config.count('num_layers', 40);
  return {
    patch: patch as [number, number, number],
    inChannels,
    outChannels,
    textChannels: config.count('text_dim', 4096),
    timeWidth: 2 * Math.floor(config.count('freq_dim', 256) / 2),
    layers,
    hints: config.given('_class_name') === VACE ? readHints(config, layers) : undefined,
    longest: config.count('rope_max_seq_len', 1024),
    block: {
      heads,
      channels: heads * width,
      epsilon: config.positive('eps', 1e-6),
      normalisesForText: config.flag('cross_attn_norm', true),
    },
  };
}

function readHints(config: ConfigReader, blocks: number): VaceHintsConfig {
  const layers = config.given('vace_layers') ?? [0, 5, 10, 15, 20, 25, 30, 35];
  const isList = (given: unknown): given is number[] => Array.isArray(given) && given[0] === 0 && given.every(isBlockAfterTheLast);
  const isBlockAfterTheLast = (layer: unknown, i: number, all: unknown[]) =>
    Number.isInteger(layer) && (layer as number) < blocks && (i === 0 || (layer as number) > (all[i - 1] as number));
  if (!isList(layers))
    throw config.wrong('vace_layers', layers, `a rising list of whole numbers from 0 to ${blocks - 1}, the first of them 0`);
  return { layers, channels: config.count('vace_in_channels', 96) };
}
