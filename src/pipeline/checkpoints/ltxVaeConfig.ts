import type { SafetensorsEntry } from '../core/index.js';
import type { ConfigJson } from '../onnx/index.js';
import { checkpointErrors } from './errors.js';
import type { LtxVaeLayout } from './ltxNames.js';

/** How a level of the encoder from 0.9.5 on halves, by how many places become channels. */
const downsamples: Readonly<Record<number, string>> = { 2: 'temporal', 4: 'spatial', 8: 'spatiotemporal' };

/** Colours of a pixel. */
const COLOURS = 3;

/** Places that one becomes where frames, height and width double. */
const DOUBLED = 8;

/**
 * The settings of an LTX-Video autoencoder that comes without any, as diffusers' `AutoencoderKLLTXVideo` has them: its tensors and their shapes tell them.
 *
 * @param tensors by diffusers' names.
 * @param layout what each half is like.
 * @throws {FrameloomError} `FL_CHECKPOINT_…` for one that is not whole.
 */
export function inferLtxVaeConfig(tensors: ReadonlyMap<string, SafetensorsEntry>, layout: LtxVaeLayout, file: string): ConfigJson {
  const dims = (name: string): readonly [number, number] => {
    const entry = tensors.get(name);
    if (!entry) throw checkpointErrors.notWhole(file, name);
    return entry.dims as unknown as readonly [number, number];
  };
  const has = (start: string) => [...tensors.keys()].some((name) => name.startsWith(start));
  const count = (start: string) => {
    let found = 0;
    while (has(`${start}.${found}.`)) found++;
    return found;
  };
  const patch = Math.sqrt(dims('encoder.conv_in.conv.weight')[1] / COLOURS);
  return {
    _class_name: 'AutoencoderKLLTXVideo',
    latent_channels: dims('decoder.conv_in.conv.weight')[1],
    patch_size: patch,
    ...encoderConfig(layout.encoder, { dims, has, count }, patch),
    ...decoderConfig(layout.decoder, { dims, has, count }),
  };
}

interface Found {
  readonly dims: (name: string) => readonly [number, number];
  readonly has: (start: string) => boolean;
  readonly count: (start: string) => number;
}

function encoderConfig(version: LtxVaeLayout['encoder'], { dims, has, count }: Found, patch: number): ConfigJson {
  const levels = count('encoder.down_blocks');
  const each = <T>(of: (level: number) => T) => Array.from({ length: levels }, (_, level) => of(level));
  const [first] = dims('encoder.conv_in.conv.weight');
  const layers = [...each((level) => count(`encoder.down_blocks.${level}.resnets`)), count('encoder.mid_block.resnets')];
  const shrinks = each((level) => has(`encoder.down_blocks.${level}.downsamplers.`));
  if (version === '0.9.5') {
    const behind = (level: number) =>
      dims(`encoder.${level + 1 < levels ? `down_blocks.${level + 1}` : 'mid_block'}.resnets.0.conv1.conv.weight`)[1];
    const kind = (level: number) => {
      const places = behind(level) / dims(`encoder.down_blocks.${level}.downsamplers.0.conv.conv.weight`)[0];
      return downsamples[places] ?? String(places);
    };
    const kinds = each(kind);
    const halvings = (but: string) => 2 ** kinds.filter((one) => one !== but).length;
    return {
      block_out_channels: [first, ...each(behind)],
      down_block_types: each(() => 'LTXVideo095DownBlock3D'),
      spatio_temporal_scaling: shrinks,
      downsample_type: kinds,
      spatial_compression_ratio: patch * halvings('temporal'),
      temporal_compression_ratio: halvings('spatial'),
      layers_per_block: layers,
    };
  }
  const channels = [first];
  for (let level = 0; level < levels - 1; level++) {
    const changed = `encoder.down_blocks.${level}.conv_out.conv1.conv.weight`;
    channels.push(has(changed) ? dims(changed)[0] : channels.at(-1)!);
  }
  return {
    block_out_channels: channels,
    down_block_types: each(() => 'LTXVideoDownBlock3D'),
    spatio_temporal_scaling: shrinks,
    layers_per_block: layers,
  };
}

function decoderConfig(version: LtxVaeLayout['decoder'], { dims, has, count }: Found): ConfigJson {
  const levels = count('decoder.up_blocks');
  // The decoder's lists begin with the finest level, its blocks with the coarsest.
  const each = <T>(of: (block: string) => T) => Array.from({ length: levels }, (_, i) => of(`decoder.up_blocks.${levels - 1 - i}`));
  const factor = (block: string) => {
    const upsampler = `${block}.upsamplers.0.conv.conv.weight`;
    if (version === '0.9.0' || !has(upsampler)) return 1;
    const [out, inner] = dims(upsampler);
    return (inner * DOUBLED) / out;
  };
  return {
    decoder_block_out_channels: each((block) => dims(`${block}.resnets.0.conv1.conv.weight`)[0] * factor(block)),
    decoder_spatio_temporal_scaling: each((block) => has(`${block}.upsamplers.`)),
    decoder_layers_per_block: [...each((block) => count(`${block}.resnets`)), count('decoder.mid_block.resnets')],
    decoder_inject_noise: [
      ...each((block) => has(`${block}.resnets.0.per_channel_scale`)),
      has('decoder.mid_block.resnets.0.per_channel_scale'),
    ],
    upsample_residual: each(() => version !== '0.9.0'),
    upsample_factor: each(factor),
    timestep_conditioning: has('decoder.time_embedder.'),
  };
}
