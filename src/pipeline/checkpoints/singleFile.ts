import path from 'node:path';
import type { SafetensorsEntry } from '../core/index.js';
import { Weights } from '../onnx/index.js';
import type { NetworkFiles } from './buildNetworks.js';
import { controlNetNames, type ModuleNames, renamed, type UNetLayout, unetNames, vaeNames } from './compVisNames.js';
import { checkpointErrors } from './errors.js';
import {
  inferMotionConfig,
  inferTextConfig,
  inferTinyClipConfig,
  inferUNetConfig,
  inferVaeConfig,
  isTinyClipAutoencoder,
} from './inferConfig.js';
import { readCheckpointHeader } from './partWeights.js';
import { motionName, openClipTensors } from './textNames.js';
import { isWanFile } from './wanFile.js';

type Tensors = Map<string, SafetensorsEntry>;

/** What one file holds; networks that it has not are undefined. */
export interface SingleFile {
  readonly unet: NetworkFiles | undefined;
  readonly vae: NetworkFiles | undefined;
  readonly textEncoder: NetworkFiles | undefined;
  /** What whoever made it wrote into it: `modelspec.prediction_type`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const UNET = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
const CLIP = 'cond_stage_model.transformer.';
const OPEN_CLIP = 'cond_stage_model.model.';

/** What training leaves in a file, and what nobody needs to draw: copies of averages, the noise schedule, losses, projections. */
const harmless =
  /^(model_ema\.|first_stage_model\.loss\.|cond_stage_model\.(logit_scale$|model\.|text_projection|transformer\.text_projection)|(alphas|betas|sqrt_|posterior_|log_|logvar|lvlb_|denoiser\.|v_pred$|ztsnr$)|global_step$|epoch$)/;

/** Other kinds of files, by the names in them. */
const kinds: readonly [RegExp, string][] = [
  [/^conditioner\.embedders\./, 'a Stable Diffusion XL checkpoint'],
  [/joint_blocks\./, 'a Stable Diffusion 3 checkpoint'],
  [/double_blocks\.|single_transformer_blocks\./, 'a Flux checkpoint'],
  [
    /lora_(down|up|A|B|unet|te)|\.lora\.|hada_|lokr_/,
    'a LoRA: a change to a model, not a model; load it with a model, by the option loras',
  ],
  [/^control_model\.|zero_convs\.|controlnet_down_blocks\./, 'a ControlNet by itself; load it with a model, by the option controlNet'],
  [
    /temporal_transformer|motion_modules\./,
    'a motion module by itself; load it with a Stable Diffusion 1 model, by the option motionAdapter',
  ],
  [/^(emb_params|string_to_param|clip_l|clip_g)$|^<.*>$/, 'a textual inversion: a word, not a model'],
  [/^(encoder|decoder)\.(mid|down|up|conv_in)/, 'an autoencoder by itself; load it with a model, by the option vae'],
];

/**
 * Reads a checkpoint in one file, in CompVis' names, as CivitAI has them: where each network's tensors lie, under diffusers' names, and what settings their
 * shapes tell.
 *
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` by name for other files; `FL_CHECKPOINT_…` for damaged ones, or tensors that belong nowhere.
 */
export async function readSingleFile(file: string): Promise<SingleFile> {
  const { tensors, metadata } = await readCheckpointHeader(file);
  const { unet, vae, text } = splitSingleFile(tensors, file);
  const source = path.basename(file);
  const network = (found: Tensors, infer: (found: Tensors, file: string) => NetworkFiles['config']) =>
    found.size === 0 ? undefined : { config: infer(found, file), weights: new Weights(found, source) };
  return { unet: network(unet, inferUNetConfig), vae: network(vae, inferVaeConfig), textEncoder: network(text, inferTextConfig), metadata };
}

/** The tensors of a file by network, under the names that diffusers and transformers give them. @throws {FrameloomError} as {@link readSingleFile}. */
export function splitSingleFile(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  file: string,
): { unet: Tensors; vae: Tensors; text: Tensors } {
  const other = kinds.find(([pattern]) => [...tensors.keys()].some((name) => pattern.test(name)));
  if (other) throw checkpointErrors.otherKind(file, other[1]);
  if (isWanFile(tensors))
    throw checkpointErrors.otherKind(
      file,
      'the transformer of a Wan by itself; load it with the folder of a Wan 2.1, by the option transformer',
    );
  if (![...tensors.keys()].some((name) => name.startsWith(UNET)))
    throw checkpointErrors.otherKind(file, 'no checkpoint of Stable Diffusion (no tensor begins with model.diffusion_model)');
  const [unet, vae, text, left]: [Tensors, Tensors, Tensors, Tensors] = [new Map(), new Map(), new Map(), new Map()];
  const unetModules = unetNames(layoutOf(tensors, UNET));
  const vaeModules = vaeNames(...vaeLayout(tensors, VAE));
  const openClipLayers = countOf(tensors, (layer) => `${OPEN_CLIP}transformer.resblocks.${layer}.ln_1.weight`);
  for (const [name, entry] of tensors) {
    if (name.startsWith(UNET)) put(unet, left, name, renamed(name.slice(UNET.length), unetModules), entry);
    else if (name.startsWith(VAE)) put(vae, left, name, renamed(name.slice(VAE.length), vaeModules), matrix(name, entry));
    else if (name.startsWith(CLIP)) text.set(withPrefix(name.slice(CLIP.length)), entry);
    else if (name.startsWith(OPEN_CLIP))
      for (const [ours, part] of openClipTensors(name.slice(OPEN_CLIP.length), entry, openClipLayers)) text.set(ours, part);
    else left.set(name, entry);
  }
  new Weights(left, path.basename(file)).requireAllUsed(harmless);
  return { unet, vae, text };
}

/** Reads AnimateDiff's own file of motion modules. @throws {FrameloomError} `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_…`. */
export async function readMotionFile(file: string): Promise<NetworkFiles> {
  const tensors: Tensors = new Map();
  for (const [name, entry] of (await readCheckpointHeader(file)).tensors)
    if (!name.endsWith('.attention_blocks.1.pos_encoder.pe')) tensors.set(motionName(name), entry);
  if (![...tensors.keys()].every((name) => name.includes('.motion_modules.')))
    throw checkpointErrors.otherKind(file, 'no file of motion modules alone');
  return { config: inferMotionConfig(tensors), weights: new Weights(tensors, path.basename(file)) };
}

/** Reads an autoencoder by itself, as they are handed around: in CompVis' names, or TAEHV. @throws {FrameloomError} `FL_CHECKPOINT_…`. */
export async function readVaeFile(file: string): Promise<NetworkFiles> {
  const { tensors } = await readCheckpointHeader(file);
  if (isTinyClipAutoencoder(tensors))
    return { config: inferTinyClipConfig(tensors, file), weights: new Weights(tensors, path.basename(file)) };
  const prefix = [...tensors.keys()].some((name) => name.startsWith(VAE)) ? VAE : '';
  const modules = vaeNames(...vaeLayout(tensors, prefix));
  const [found, left]: [Tensors, Tensors] = [new Map(), new Map()];
  for (const [name, entry] of tensors)
    put(found, left, name, name.startsWith(prefix) ? renamed(name.slice(prefix.length), modules) : undefined, matrix(name, entry));
  const source = path.basename(file);
  new Weights(left, source).requireAllUsed(/^(model_ema\.|loss\.|first_stage_model\.loss\.|epoch$|global_step$)/);
  return { config: inferVaeConfig(found, file), weights: new Weights(found, source) };
}

/** Reads ControlNet's own file. @throws {FrameloomError} `FL_CHECKPOINT_…`. */
export async function readControlNetFile(file: string): Promise<NetworkFiles> {
  const { tensors } = await readCheckpointHeader(file);
  const prefix = [...tensors.keys()].some((name) => name.startsWith('control_model.')) ? 'control_model.' : '';
  const modules: ModuleNames = controlNetNames(layoutOf(tensors, prefix));
  const [found, left]: [Tensors, Tensors] = [new Map(), new Map()];
  for (const [name, entry] of tensors)
    put(found, left, name, name.startsWith(prefix) ? renamed(name.slice(prefix.length), modules) : undefined, entry);
  const source = path.basename(file);
  new Weights(left, source).requireAllUsed(harmless);
  return { config: inferUNetConfig(found, file), weights: new Weights(found, source) };
}

function put(found: Tensors, left: Tensors, theirs: string, ours: string | undefined, entry: SafetensorsEntry): void {
  if (ours === undefined) left.set(theirs, entry);
  else found.set(ours, entry);
}

/** How many levels and layers: a level ends with a convolution that halves, and the last with none. */
function layoutOf(tensors: ReadonlyMap<string, SafetensorsEntry>, prefix: string): UNetLayout {
  const blocks = countOf(
    tensors,
    (block) => `${prefix}input_blocks.${block}.0.${block === 0 ? 'weight' : ''}`,
    (name, all) => all.some((each) => each.startsWith(name)),
  );
  const halvings = [...tensors.keys()].filter((name) => name.startsWith(`${prefix}input_blocks.`) && name.endsWith('.0.op.weight')).length;
  const levels = halvings + 1;
  const layers = Math.max(1, Math.floor(blocks / levels) - 1);
  return {
    levels,
    layers,
    attention: Array.from({ length: levels }, (_, level) => tensors.has(`${prefix}input_blocks.${1 + level * (layers + 1)}.1.norm.weight`)),
  };
}

function vaeLayout(tensors: ReadonlyMap<string, SafetensorsEntry>, prefix: string): [levels: number, layers: number] {
  return [
    countOf(tensors, (level) => `${prefix}encoder.down.${level}.block.0.conv1.weight`),
    countOf(tensors, (layer) => `${prefix}encoder.down.0.block.${layer}.conv1.weight`),
  ];
}

/** More blocks than any network has; those behind it are tensors that belong nowhere. */
const MOST_BLOCKS = 100;

/** How many there are, counted from 0 until one is missing. */
function countOf(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  name: (index: number) => string,
  there = (wanted: string, all: readonly string[]) => all.includes(wanted),
): number {
  const all = [...tensors.keys()];
  let count = 0;
  while (count < MOST_BLOCKS && there(name(count), all)) count++;
  return count;
}

/** The projections of the VAE's attention are 1 × 1 convolutions there. */
function matrix(name: string, entry: SafetensorsEntry): SafetensorsEntry {
  return /mid\.attn_1\.(q|k|v|proj_out)\.weight$/.test(name) ? { ...entry, dims: entry.dims.slice(0, 2) } : entry;
}

function withPrefix(name: string): string {
  return name.startsWith('text_model.') ? name : `text_model.${name}`;
}
