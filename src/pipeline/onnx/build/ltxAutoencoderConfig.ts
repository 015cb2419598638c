import { type ConfigJson, ConfigReader } from './configReader.js';
import type { Triple } from './convolution3d.js';

/** One level of the encoder: some residual blocks, then fewer places. */
export interface LtxDownLevel {
  /** Residual blocks. */
  readonly layers: number;
  /** Channels behind it. */
  readonly out: number;
  /** How frames, height and width shrink; undefined where they stay. */
  readonly stride?: Triple | undefined;
  /** Whether they shrink by a convolution that steps (version 0.9.0), rather than by places that become channels (from 0.9.5 on). */
  readonly steps: boolean;
}

/** One level of the decoder: more places, then some residual blocks. */
export interface LtxUpLevel {
  /** Residual blocks. */
  readonly layers: number;
  /** Channels of its residual blocks. */
  readonly out: number;
  /** Whether frames, height and width double. */
  readonly doubles: boolean;
  /** Whether what comes in is added to what doubling gives. */
  readonly residual: boolean;
  /** By how much doubling divides the channels. */
  readonly factor: number;
  /** Whether noise is added in its residual blocks. */
  readonly noisy: boolean;
}

/** Settings of LTX-Video's autoencoder. */
export interface LtxAutoencoderConfig {
  /** Channels of the latents. */
  readonly latentChannels: number;
  /** Side of the squares of pixels that become channels. */
  readonly patch: number;
  /** Of the layer norms of residual blocks that change the number of channels. */
  readonly epsilon: number;
  readonly encoder: {
    readonly causal: boolean;
    /** Channels of the first convolution. */
    readonly channels: number;
    readonly levels: readonly LtxDownLevel[];
    /** Residual blocks in the middle. */
    readonly middle: number;
  };
  readonly decoder: {
    readonly causal: boolean;
    /** Channels of the first convolution and of the middle. */
    readonly channels: number;
    /** Residual blocks in the middle. */
    readonly middle: number;
    /** Whether noise is added in the middle's. */
    readonly noisyMiddle: boolean;
    readonly levels: readonly LtxUpLevel[];
    /** Whether it is told how noisy the latents still are. */
    readonly timed: boolean;
  };
}

const strides: Readonly<Record<string, Triple>> = { conv: [2, 2, 2], spatial: [1, 2, 2], temporal: [2, 1, 1], spatiotemporal: [2, 2, 2] };

/**
 * Settings of diffusers' `AutoencoderKLLTXVideo`, with their defaults: those of version 0.9.0.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`, `FL_MODEL_UNSUPPORTED`.
 */
export function readLtxAutoencoderConfig(json: ConfigJson, source: string): LtxAutoencoderConfig {
  const config = new ConfigReader(json, source);
  config.onlyWith('patch_size_t', [1], 'patches of several frames, which LTX-Video has not');
  for (const name of ['in_channels', 'out_channels']) config.onlyWith(name, [3], 'another number of colours');
  const list = <T>(
    name: string,
    length: number,
    otherwise: readonly T[],
    fits: (value: unknown) => boolean,
    wanted: string,
  ): readonly T[] => {
    const value = config.given(name) ?? otherwise;
    if (!Array.isArray(value) || value.length < length || !value.every(fits))
      throw config.wrong(name, value, `a list of ${length} ${wanted}`);
    return value as readonly T[];
  };
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_536;
  const counts = (name: string, length: number, otherwise: readonly number[]) => list(name, length, otherwise, isCount, 'whole numbers');
  const flags = (name: string, length: number, otherwise: readonly boolean[]) =>
    list(name, length, otherwise, (value) => typeof value === 'boolean', 'times true or false');

  const wide = counts('block_out_channels', 2, [128, 256, 512, 512]);
  const types = list(
    'down_block_types',
    1,
    Array<string>(4).fill('LTXVideoDownBlock3D'),
    (value) => typeof value === 'string',
    'kinds of blocks',
  );
  const other = types.find((type) => !['LTXVideoDownBlock3D', 'LTXVideo095DownBlock3D'].includes(type));
  if (other !== undefined) throw config.unsupported('down_block_types', other, 'a kind of block other than LTX-Video’s');
  const newer = types.at(-1) === 'LTXVideo095DownBlock3D';
  const downs = wide.length - (newer ? 1 : 0);
  const downLayers = counts('layers_per_block', downs + 1, [4, 3, 3, 3, 4]);
  const shrinks = flags('spatio_temporal_scaling', downs, [true, true, true, false]);
  const how = list(
    'downsample_type',
    newer ? downs : 0,
    ['conv', 'conv', 'conv', 'conv'],
    (value) => Object.hasOwn(strides, String(value)),
    `of ${Object.keys(strides).join(', ')}`,
  );
  const down = (i: number): LtxDownLevel => {
    const type = newer ? how[i]! : 'conv';
    return {
      layers: downLayers[i]!,
      out: wide[Math.min(i + 1, wide.length - 1)]!,
      stride: shrinks[i] ? strides[type] : undefined,
      steps: type === 'conv',
    };
  };

  const ups = counts('decoder_block_out_channels', 1, [128, 256, 512, 512]);
  const behind = <T>(values: readonly T[]) => [...values].reverse();
  const [layers, doubles, noisy, residual, factors, widths] = [
    behind(counts('decoder_layers_per_block', ups.length + 1, [4, 3, 3, 3, 4])),
    behind(flags('decoder_spatio_temporal_scaling', ups.length, [true, true, true, false])),
    behind(flags('decoder_inject_noise', ups.length + 1, [false, false, false, false, false])),
    behind(flags('upsample_residual', ups.length, [false, false, false, false])),
    behind(counts('upsample_factor', ups.length, [1, 1, 1, 1])),
    behind(ups),
  ];
  const up = (i: number): LtxUpLevel => ({
    layers: layers[i + 1]!,
    out: Math.floor(widths[i]! / factors[i]!),
    doubles: doubles[i]!,
    residual: residual[i]!,
    factor: factors[i]!,
    noisy: noisy[i + 1]!,
  });
  return {
    latentChannels: config.count('latent_channels', 128),
    patch: config.count('patch_size', 4),
    epsilon: config.positive('resnet_norm_eps', 1e-6),
    encoder: {
      causal: config.flag('encoder_causal', true),
      channels: wide[0]!,
      levels: Array.from({ length: downs }, (_, i) => down(i)),
      middle: downLayers.at(-1)!,
    },
    decoder: {
      causal: config.flag('decoder_causal', false),
      channels: widths[0]!,
      middle: layers[0]!,
      noisyMiddle: noisy[0]!,
      levels: widths.map((_, i) => up(i)),
      timed: config.flag('timestep_conditioning', false),
    },
  };
}
