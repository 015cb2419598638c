import type { SafetensorsEntry } from '../core/index.js';

type Named = readonly [name: string, entry: SafetensorsEntry];

const openClipModules: readonly [RegExp, string][] = [
  [/^token_embedding\./, 'embeddings.token_embedding.'],
  [/^positional_embedding$/, 'embeddings.position_embedding.weight'],
  [/^ln_final\./, 'final_layer_norm.'],
];

const openClipLayer: readonly [string, string][] = [
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
];

/**
 * A tensor of open_clip's text encoder (Stable Diffusion 2.x) under transformers' names. Queries, keys and values lie on top of each other there, so each
 * is a third of the bytes of `in_proj`.
 *
 * @param layers of the encoder; the last one is not used by Stable Diffusion 2.
 * @returns none for tensors that are not needed.
 */
export function openClipTensors(name: string, entry: SafetensorsEntry, layers: number): Named[] {
  const [, layer, rest] = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined || rest === undefined) {
    const module = openClipModules.find(([pattern]) => pattern.test(name));
    return module ? [[`text_model.${name.replace(...module)}`, entry]] : [];
  }
  if (Number(layer) >= layers - 1) return [];
  const path = `text_model.encoder.layers.${layer}`;
  const [, kind] = /^attn\.in_proj_(weight|bias)$/.exec(rest) ?? [];
  if (kind !== undefined) {
    const [rows = 0, ...others] = entry.dims;
    const third = entry.byteLength / 3;
    return ['q', 'k', 'v'].map((projection, i): Named => [
      `${path}.self_attn.${projection}_proj.${kind}`,
      { ...entry, dims: [rows / 3, ...others], offset: entry.offset + i * third, byteLength: third },
    ]);
  }
  const module = openClipLayer.find(([theirs]) => rest.startsWith(`${theirs}.`));
  return [[`${path}.${module ? rest.replace(module[0], module[1]) : rest}`, entry]];
}

/** A tensor of AnimateDiff's own files under diffusers' name. */
export function motionName(name: string): string {
  return (
    name
      .replace(/^module\./, '')
      .replace('.temporal_transformer.', '.')
      // Both attentions of a block have the same positions; diffusers keeps one copy.
      .replace(/\.attention_blocks\.0\.pos_encoder\.pe$/, '.pos_embed.pe')
      .replace(/\.attention_blocks\.(\d)\./, (_, block) => `.attn${Number(block) + 1}.`)
      .replace(/\.norms\.(\d)\./, (_, block) => `.norm${Number(block) + 1}.`)
      .replace('.ff_norm.', '.norm3.')
  );
}
