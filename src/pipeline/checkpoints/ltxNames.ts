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
