/*
 * Names of tensors in files of CompVis' making (and of all that came after: CivitAI's checkpoints, ControlNet's own files), and what diffusers calls
 * them. Their numbers run over a whole network; diffusers counts level by level. L is the number of resnets of a level.
 */

/** From the path of a module in a file to that in diffusers. What stands inside a module that is named here keeps its name. */
export type ModuleNames = ReadonlyMap<string, string>;

/** How many levels and layers a network has, which its own names do not tell one by one. */
export interface UNetLayout {
  readonly levels: number;
  readonly layers: number;
  /** Whether a level has transformers, from the largest maps down. */
  readonly attention: readonly boolean[];
}

const resnetNames = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
] as const;

/** Modules of a UNet. */
export function unetNames({ levels, layers, attention }: UNetLayout): ModuleNames {
  const names = new Map<string, string>();
  const resnet = (theirs: string, ours: string) => resnetNames.forEach(([from, to]) => names.set(`${theirs}.${from}`, `${ours}.${to}`));
  names
    .set('time_embed.0', 'time_embedding.linear_1')
    .set('time_embed.2', 'time_embedding.linear_2')
    .set('time_embed.cond_proj', 'time_embedding.cond_proj');
  names.set('input_blocks.0.0', 'conv_in').set('out.0', 'conv_norm_out').set('out.2', 'conv_out');
  for (let level = 0; level < levels; level++) {
    for (let layer = 0; layer < layers; layer++) {
      const block = 1 + level * (layers + 1) + layer;
      resnet(`input_blocks.${block}.0`, `down_blocks.${level}.resnets.${layer}`);
      names.set(`input_blocks.${block}.1`, `down_blocks.${level}.attentions.${layer}`);
    }
    names.set(`input_blocks.${(level + 1) * (layers + 1)}.0.op`, `down_blocks.${level}.downsamplers.0.conv`);
    const attended = attention[levels - 1 - level] === true;
    for (let layer = 0; layer <= layers; layer++) {
      const block = level * (layers + 1) + layer;
      resnet(`output_blocks.${block}.0`, `up_blocks.${level}.resnets.${layer}`);
      if (attended) names.set(`output_blocks.${block}.1`, `up_blocks.${level}.attentions.${layer}`);
    }
    // The enlargement comes last in its block: behind the transformer, where there is one.
    names.set(`output_blocks.${level * (layers + 1) + layers}.${attended ? 2 : 1}.conv`, `up_blocks.${level}.upsamplers.0.conv`);
  }
  resnet('middle_block.0', 'mid_block.resnets.0');
  names.set('middle_block.1', 'mid_block.attentions.0');
  resnet('middle_block.2', 'mid_block.resnets.1');
  return names;
}

/** Modules of a ControlNet: those of a UNet's way down, and its own. */
export function controlNetNames(layout: UNetLayout): ModuleNames {
  const names = new Map(unetNames(layout));
  for (let block = 0; block < layout.levels * (layout.layers + 1); block++)
    names.set(`zero_convs.${block}.0`, `controlnet_down_blocks.${block}`);
  names
    .set('middle_block_out.0', 'controlnet_mid_block')
    .set('input_hint_block.0', 'controlnet_cond_embedding.conv_in')
    .set('input_hint_block.14', 'controlnet_cond_embedding.conv_out');
  for (let block = 0; block < 6; block++) names.set(`input_hint_block.${2 + 2 * block}`, `controlnet_cond_embedding.blocks.${block}`);
  return names;
}

/** Modules of an autoencoder. @param layers of each level of the encoder; the decoder has one more. */
export function vaeNames(levels: number, layers: number): ModuleNames {
  const names = new Map([
    ['quant_conv', 'quant_conv'],
    ['post_quant_conv', 'post_quant_conv'],
  ]);
  const resnet = (theirs: string, ours: string) => {
    for (const part of ['norm1', 'conv1', 'norm2', 'conv2']) names.set(`${theirs}.${part}`, `${ours}.${part}`);
    names.set(`${theirs}.nin_shortcut`, `${ours}.conv_shortcut`);
  };
  for (const half of ['encoder', 'decoder']) {
    names
      .set(`${half}.conv_in`, `${half}.conv_in`)
      .set(`${half}.conv_out`, `${half}.conv_out`)
      .set(`${half}.norm_out`, `${half}.conv_norm_out`);
    for (const resnetOfTwo of [0, 1]) resnet(`${half}.mid.block_${resnetOfTwo + 1}`, `${half}.mid_block.resnets.${resnetOfTwo}`);
    for (const [theirs, ours] of [
      ['norm', 'group_norm'],
      ['q', 'to_q'],
      ['k', 'to_k'],
      ['v', 'to_v'],
      ['proj_out', 'to_out.0'],
    ])
      names.set(`${half}.mid.attn_1.${theirs}`, `${half}.mid_block.attentions.0.${ours}`);
  }
  for (let level = 0; level < levels; level++) {
    // The decoder's levels are counted from the other end.
    const up = levels - 1 - level;
    for (let layer = 0; layer < layers; layer++)
      resnet(`encoder.down.${level}.block.${layer}`, `encoder.down_blocks.${level}.resnets.${layer}`);
    for (let layer = 0; layer <= layers; layer++) resnet(`decoder.up.${level}.block.${layer}`, `decoder.up_blocks.${up}.resnets.${layer}`);
    names
      .set(`encoder.down.${level}.downsample.conv`, `encoder.down_blocks.${level}.downsamplers.0.conv`)
      .set(`decoder.up.${level}.upsample.conv`, `decoder.up_blocks.${up}.upsamplers.0.conv`);
  }
  return names;
}

/** A tensor's name in diffusers; undefined for one in a module that is not named. */
export function renamed(name: string, modules: ModuleNames): string | undefined {
  for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1)) {
    const ours = modules.get(name.slice(0, end));
    if (ours !== undefined) return ours + name.slice(end);
  }
  return undefined;
}
