import { flag, number, type OptionCheck, text, wholeNumber } from '../core/index.js';

/*
 * What the fields of a model's JSON files may be, as far as they are read here; what is not listed may hold anything. The
 * ranges are far wider than any model's, and narrow enough that no size that follows from them fills the memory.
 */

type Fields = Readonly<Record<string, OptionCheck>>;

/** Latents on one side: 64 for Stable Diffusion 1.x, 96 and 128 for later ones. */
const side = wholeNumber(1, 1024);

/** A side, or height and width. */
const sides: OptionCheck = (value, name) =>
  Array.isArray(value)
    ? value.length === 2 && value.every((each) => side(each, name) === undefined)
      ? undefined
      : 'a height and a width from 1 to 1024'
    : side(value, name);

/** A number for each channel of the latents. */
const perChannel: OptionCheck = (value) =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= 1024 &&
  value.every((each) => typeof each === 'number' && Number.isFinite(each))
    ? undefined
    : 'a list of numbers, one for each channel';

/** As {@link perChannel}, of what is divided by. */
const perChannelScale: OptionCheck = (value, name) =>
  perChannel(value, name) ?? ((value as number[]).every((each) => each > 1e-6 && each < 1e6) ? undefined : 'a list of numbers above 0');

/** Of it only the length counts: how often the picture is halved. */
const blocks: OptionCheck = (value) =>
  Array.isArray(value) && value.length >= 1 && value.length <= 8 ? undefined : 'a list of 1 to 8 numbers of channels';

const recommended: Fields = {
  num_inference_steps: wholeNumber(1, 1000),
  guidance_scale: number(0, 1000),
  fps: number(0.01, 1000),
  max_frames: wholeNumber(0, 100_000),
  deflicker: number(0, 1),
};

const recommendedSettings: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object in braces';
  for (const [name, check] of Object.entries(recommended)) {
    const given: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const wanted = given === undefined || given === null ? undefined : check(given, name);
    if (wanted !== undefined) return `an object whose ${name} is ${wanted}`;
  }
  return undefined;
};

/** A special token: its text, or an object with its text as `content`. */
const token: OptionCheck = (value) =>
  typeof value === 'string' || typeof (value as { content?: unknown }).content === 'string' ? undefined : 'the text of a token';

/** `model_index.json`. */
export const indexFields: Fields = { recommended_settings: recommendedSettings };

/** `unet/config.json`. */
export const unetFields: Fields = {
  in_channels: wholeNumber(1, 1024),
  sample_size: sides,
  num_frames: wholeNumber(1, 1024),
  block_out_channels: blocks,
  latent_size_multiple: wholeNumber(1, 1024),
  time_cond_proj_dim: wholeNumber(1, 65_536),
  motion_max_seq_length: wholeNumber(1, 4096),
};

/** `vae_decoder/config.json`. */
export const vaeFields: Fields = {
  scaling_factor: (value) =>
    typeof value === 'number' && Math.abs(value) > 1e-6 && Math.abs(value) < 1e6 ? undefined : 'a number, and not 0',
  shift_factor: number(-1e6, 1e6),
  vae_scale_factor: wholeNumber(1, 128),
  spatial_compression_ratio: wholeNumber(1, 128),
  temporal_compression_ratio: wholeNumber(1, 64),
  latent_channels: wholeNumber(1, 1024),
  block_out_channels: blocks,
  z_dim: wholeNumber(1, 1024),
  latents_mean: perChannel,
  latents_std: perChannelScale,
  dim_mult: blocks,
  temperal_downsample: (value) => (Array.isArray(value) && value.length <= 8 ? undefined : 'a list of up to 8 times true or false'),
};

/** `text_encoder/config.json`. */
export const textEncoderFields: Fields = { model_type: text, use_attention_mask: flag };

/** `tokenizer_config.json` and `special_tokens_map.json`. */
export const tokenFields: Fields = {
  bos_token: token,
  eos_token: token,
  unk_token: token,
  pad_token: token,
  cls_token: token,
  sep_token: token,
  model_max_length: number(1, Number.MAX_VALUE),
};
