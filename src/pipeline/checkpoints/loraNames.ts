import { type ModuleNames, unetNames } from './compVisNames.js';
import { ownLtxName } from './ltxNames.js';
import { motionName } from './textNames.js';
import { ownWanName } from './wanNames.js';

/** A network that a LoRA changes. */
export type LoraPart = 'unet' | 'text_encoder';

/** What a tensor of a LoRA's file is. */
export interface LoraTensorName {
  readonly part: LoraPart;
  /** The layer that it belongs to, its path with underscores for dots: `mid_block_attentions_0_proj_in`. */
  readonly layer: string;
  /** Half of a low-rank change, its α, or what is added to the weights or the bias as they are. */
  readonly role: 'down' | 'up' | 'alpha' | 'weight' | 'bias';
}

/** How trainers end their tensors' names: kohya, PEFT, diffusers today, and before 2023. */
const roles: readonly [RegExp, LoraTensorName['role']][] = [
  [/(\.lora_down|\.lora_A(\.default)?|\.lora(_linear_layer)?\.down|_lora\.down)\.weight$/, 'down'],
  [/(\.lora_up|\.lora_B(\.default)?|\.lora(_linear_layer)?\.up|_lora\.up)\.weight$/, 'up'],
  [/(\.lora(_linear_layer)?|_lora)?\.alpha$/, 'alpha'],
  [/\.diff$/, 'weight'],
  [/\.diff_b$/, 'bias'],
];

/** How they begin them. PEFT wraps its models twice; ComfyUI's nodes call the UNet `diffusion_model`, diffusers that of newer models `transformer`. */
const prefixes: readonly [RegExp, LoraPart][] = [
  [/^lora_unet_/, 'unet'],
  [/^lora_te_/, 'text_encoder'],
  [/^(base_model\.model\.)?text_encoder\./, 'text_encoder'],
  [/^(base_model\.model\.)?(unet\.|transformer\.|(model\.)?diffusion_model\.)/, 'unet'],
  [/^base_model\.model\.(?=text_model\.)/, 'text_encoder'],
  [/^(?=text_model\.)/, 'text_encoder'],
  [/^base_model\.model\./, 'unet'],
];

/** Names of diffusers' old attention processors, in the text encoder. */
const olderTextNames: readonly [RegExp, string][] = [
  [/\.self_attn\.to_([qkv])$/, '.self_attn.$1_proj'],
  [/\.self_attn\.to_out$/, '.self_attn.out_proj'],
];

/** Matrices that are no layers: rows that are looked up, and a projection that Stable Diffusion does not use. */
const noLayer = /(^|\.)(embeddings\..*|text_projection\.weight)$/;

/** What a tensor of a LoRA's file is by its name; undefined for one that belongs to no LoRA. */
export function readLoraName(name: string): LoraTensorName | undefined {
  const ending = roles.find(([pattern]) => pattern.test(name));
  if (!ending) return undefined;
  const [pattern, role] = ending;
  const whole = motionName(name.replace(pattern, '')).replace('.processor.', '.');
  const [prefix, part] = prefixes.find(([start]) => start.test(whole)) ?? [/^/, 'unet' as const];
  const dotted = whole.replace(prefix, '');
  const path =
    part === 'text_encoder'
      ? olderTextNames.reduce((path, [from, to]) => path.replace(from, to), dotted)
      : dotted.replace(/\.to_out$/, '.to_out.0');
  return { part, layer: path.replaceAll('.', '_'), role };
}

/**
 * The layers of a network, by every name that a LoRA may call them: the path with underscores, and for a UNet the path that CompVis' names give it, for Wan's
 * transformer that in Wan's own, and for LTX-Video's likewise. The underscores of kohya's names do not tell where a module begins, so names are looked up rather than taken apart.
 *
 * @param tensors names of the network's tensors, in diffusers' spelling.
 */
export function layersByName(part: LoraPart, tensors: Iterable<string>): Map<string, string> {
  const paths = [...tensors]
    .filter((name) => name.endsWith('.weight') && !noLayer.test(name))
    .map((name) => name.slice(0, -'.weight'.length));
  const layers = new Map<string, string>();
  const compVisNames = part === 'unet' ? compVisNamesOf(paths) : new Map<string, string>();
  for (const path of paths) {
    // Files of transformers 5 have no prefix; the names of LoRAs always have it.
    const name = part === 'text_encoder' && !path.startsWith('text_model.') ? `text_model.${path}` : path;
    layers.set(name.replaceAll('.', '_'), path);
    for (const other of [compVisName(path, compVisNames), ...(part === 'unet' ? [ownWanName(path), ownLtxName(path)] : [])])
      if (other !== undefined) layers.set(other.replaceAll('.', '_'), path);
  }
  return layers;
}

/** CompVis' names of a UNet's modules by diffusers'. */
function compVisNamesOf(paths: readonly string[]): ModuleNames {
  const count = (name: (index: number) => string) => {
    let index = 0;
    while (paths.includes(name(index))) index++;
    return index;
  };
  const levels = count((level) => `down_blocks.${level}.resnets.0.conv1`);
  const layers = count((layer) => `down_blocks.0.resnets.${layer}.conv1`);
  const attention = Array.from({ length: levels }, (_, level) => paths.includes(`down_blocks.${level}.attentions.0.proj_in`));
  return new Map([...unetNames({ levels, layers, attention })].map(([compVis, diffusers]) => [diffusers, compVis]));
}

/** A module's name in CompVis' spelling: that of the module around it that is named, and the rest. */
function compVisName(path: string, names: ModuleNames): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const found = names.get(path.slice(0, end));
    if (found !== undefined) return found + path.slice(end);
  }
  return undefined;
}
