/** What LTX-Video's makers call modules of its transformer, by what diffusers calls them (its `convert_ltx_transformer_checkpoint_to_diffusers`). */
const ownNames: readonly (readonly [RegExp, string])[] = [
  [/^proj_in$/, 'patchify_proj'],
  [/^time_embed\./, 'adaln_single.'],
  [/(^|\.)norm_([qk])$/, '$1$2_norm'],
];

/** A module of LTX-Video's transformer in its makers' spelling, by its path in diffusers'; undefined where the two are the same. */
export function ownLtxName(path: string): string | undefined {
  const own = ownNames.reduce((name, [theirs, ours]) => name.replace(theirs, ours), path);
  return own === path ? undefined : own;
}

/** The same the other way round: a tensor of the transformer in diffusers' spelling. */
export function ltxTensorName(own: string): string {
  return own
    .replace(/^patchify_proj\./, 'proj_in.')
    .replace(/^adaln_single\./, 'time_embed.')
    .replace(/\.([qk])_norm\./, '.norm_$1.');
}

/** Which version of LTX-Video each half of an autoencoder is like. */
export interface LtxVaeLayout {
  readonly encoder: '0.9.0' | '0.9.5';
  readonly decoder: '0.9.0' | '0.9.1';
}

/** Diffusers' paths of the encoder's flat list of blocks. */
const encoderBlocks: Readonly<Record<LtxVaeLayout['encoder'], readonly string[]>> = {
  '0.9.0': [
    ...['down_blocks.0', 'down_blocks.0.downsamplers.0', 'down_blocks.0.conv_out'],
    ...['down_blocks.1', 'down_blocks.1.downsamplers.0', 'down_blocks.1.conv_out'],
    ...['down_blocks.2', 'down_blocks.2.downsamplers.0', 'down_blocks.3', 'mid_block'],
  ],
  '0.9.5': [...[0, 1, 2, 3].flatMap((level) => [`down_blocks.${level}`, `down_blocks.${level}.downsamplers.0`]), 'mid_block'],
};

/** Likewise of the decoder's. */
const decoderBlocks: Readonly<Record<LtxVaeLayout['decoder'], readonly string[]>> = {
  '0.9.0': [
    ...['mid_block', 'up_blocks.0', 'up_blocks.1.upsamplers.0', 'up_blocks.1'],
    ...['up_blocks.2.conv_in', 'up_blocks.2.upsamplers.0', 'up_blocks.2'],
    ...['up_blocks.3.conv_in', 'up_blocks.3.upsamplers.0', 'up_blocks.3'],
  ],
  '0.9.1': ['mid_block', ...[0, 1, 2, 3].flatMap((level) => [`up_blocks.${level}.upsamplers.0`, `up_blocks.${level}`])],
};

/**
 * A tensor of LTX-Video's autoencoder in diffusers' spelling (its `convert_ltx_vae_checkpoint_to_diffusers`), by its makers' name without the `vae.` in front; undefined for
 * one that belongs nowhere.
 */
export function ltxVaeTensorName(own: string, layout: LtxVaeLayout): string | undefined {
  const statistics = /^per_channel_statistics\.(mean|std)-of-means$/.exec(own);
  if (statistics) return `latents_${statistics[1]}`;
  const name = own
    .replaceAll('conv_shortcut.', 'conv_shortcut.conv.')
    .replaceAll('res_blocks.', 'resnets.')
    .replaceAll('norm3.norm.', 'norm3.')
    .replaceAll('last_time_embedder.', 'time_embedder.')
    .replaceAll('last_scale_shift_table', 'scale_shift_table');
  const [, half, , number, rest] = /^(encoder|decoder)\.(down|up)_blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (half === undefined) return /^(encoder|decoder)\.[a-z]/.test(name) ? name : undefined;
  const blocks = half === 'encoder' ? encoderBlocks[layout.encoder] : decoderBlocks[layout.decoder];
  const place = blocks[Number(number)];
  return place && `${half}.${place}.${rest}`;
}
