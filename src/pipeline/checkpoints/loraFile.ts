import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ForeignFileProblem, readForeignText, type SafetensorsEntry, shortName } from '../core/index.js';
import { checkpointErrors } from './errors.js';
import { loraErrors } from './loraErrors.js';
import { type LoraPart, readLoraName } from './loraNames.js';
import { type LoraSettings, readLoraSettings, readScalars } from './loraScale.js';
import { readCheckpointHeader } from './partWeights.js';

/** A LoRA's file, read but for its weights. */
export interface LoraFile {
  /** Its path. */
  readonly file: string;
  /** Layers of each network by their names with underscores. */
  readonly parts: Readonly<Record<LoraPart, ReadonlyMap<string, LoraPair>>>;
  /** What is added to layers' weights and biases as it is, by the same names. */
  readonly differences: Readonly<Record<LoraPart, ReadonlyMap<string, LoraDifference>>>;
  /** What whoever made it wrote into it: `ss_output_name`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Both halves of a layer, and what the trained change is multiplied by at strength 1. */
export interface LoraPair {
  readonly down: SafetensorsEntry;
  readonly up: SafetensorsEntry;
  readonly scale: number;
}

/** What is added to a layer as it is: distilled LoRAs of video transformers change biases and norms so. */
export interface LoraDifference {
  readonly weight?: SafetensorsEntry;
  readonly bias?: SafetensorsEntry;
}

/** Other ways to change a model with few numbers, and LoRAs that do more than add: by a name in them. */
const others: readonly [RegExp, string][] = [
  [/hada_w|hada_t/, 'a LoHa (Hadamard products of low-rank matrices, LyCORIS)'],
  [/lokr_/, 'a LoKr (Kronecker products, LyCORIS)'],
  [/dora_scale|lora_magnitude_vector/, 'a DoRA (which scales each weight to a trained magnitude as well)'],
  [/lora_mid/, 'a LoCon with a kernel of its own in the middle (CP decomposition, LyCORIS)'],
  [/(^|\.|_)b?oft_|\.R\.weight$/, 'an OFT (which turns weights rather than adding to them)'],
  [/\.on_input$|ia3_/, 'an (IA)³'],
  [/\.[ab][12]\.weight$/, 'a GLoRA'],
  [/lora_(B|up)\.bias$|lora_bias/, 'a LoRA with biases'],
  [/lora_embedding_|^emb_params$|^string_to_param|bundle_emb/, 'a LoRA with embeddings of words of its own'],
  [
    /^lora_te[12]_|^text_encoder_2\.|^lora_unet_(input_blocks_[78]_1_transformer_blocks_[1-9]|label_emb)|label_emb/,
    'a LoRA of Stable Diffusion XL',
  ],
  [
    /(double|single)_blocks|single_transformer_blocks|joint_blocks|^transformer\.(?!(vace_)?blocks\.|condition_embedder\.|proj_(in|out)\.|transformer_blocks\.\d+\.(attn[12]|ff)\.|time_embed\.|caption_projection\.|patchify_proj\.|adaln_single\.)|lora_transformer_/,
    'a LoRA of a diffusion transformer other than Wan and LTX-Video (Flux, Stable Diffusion 3)',
  ],
];

/** Files of a LoRA's folder, as diffusers and PEFT call them. */
const usualNames = ['pytorch_lora_weights.safetensors', 'adapter_model.safetensors'];

/**
 * Reads which layers a LoRA changes. Names are kohya's, PEFT's, or those of diffusers, today's and older ones.
 *
 * @param place a file, or the folder in which diffusers or PEFT saved it.
 * @throws {FrameloomError} `FL_LORA_KIND` by name for LoHa, LoKr, DoRA and others; `FL_LORA_TENSOR` for a half without the other, or what belongs to no LoRA;
 * `FL_CHECKPOINT_DAMAGED`, `FL_CHECKPOINT_FILE`.
 */
export async function readLoraFile(place: string): Promise<LoraFile> {
  const file = await findLoraFile(place);
  const { tensors, metadata } = await readCheckpointHeader(file);
  const names = [...tensors.keys()];
  const other = others.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (other) throw loraErrors.otherKind(file, other[1]);
  const settings = readLoraSettings(file, metadata, await adapterConfig(file));
  return { file, ...(await changesOf(file, tensors, settings)), metadata };
}

async function changesOf(
  file: string,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  settings: LoraSettings,
): Promise<Pick<LoraFile, 'parts' | 'differences'>> {
  const differences = { unet: new Map<string, LoraDifference>(), text_encoder: new Map<string, LoraDifference>() };
  const halves = new Map<
    string,
    { part: LoraPart; layer: string; down?: SafetensorsEntry; up?: SafetensorsEntry; alpha?: SafetensorsEntry }
  >();
  for (const [name, entry] of tensors) {
    const read = readLoraName(name);
    if (!read) throw loraErrors.foreignTensor(file, shortName(name));
    const { part, layer, role } = read;
    if (role === 'weight' || role === 'bias') {
      const known = differences[part].get(layer) ?? {};
      if (known[role]) throw loraErrors.twice(file, shortName(name));
      differences[part].set(layer, { ...known, [role]: entry });
      continue;
    }
    const half = halves.get(`${part} ${layer}`) ?? { part, layer };
    if (half[role]) throw loraErrors.twice(file, shortName(name));
    halves.set(`${part} ${layer}`, { ...half, [role]: entry });
  }
  const alphas = await readScalars(
    file,
    [...halves.values()].flatMap(({ alpha }) => (alpha ? [alpha] : [])),
  );
  const parts = { unet: new Map<string, LoraPair>(), text_encoder: new Map<string, LoraPair>() };
  for (const { part, layer, down, up, alpha } of halves.values()) {
    if (!down || !up) throw loraErrors.halfMissing(file, layer);
    const [rank = 0] = down.dims;
    if (rank < 1) throw loraErrors.noRank(file, layer);
    parts[part].set(layer, { down, up, scale: settings.scale(part, layer, rank, alpha && alphas.get(alpha)) });
  }
  if (halves.size === 0)
    throw loraErrors.otherKind(
      file,
      isEmpty(differences) ? 'empty' : 'a set of full differences (LyCORIS), which takes as much room as the model',
    );
  return { parts, differences };
}

function isEmpty(differences: LoraFile['differences']): boolean {
  return differences.unet.size + differences.text_encoder.size === 0;
}

/** The file itself, or the one in its folder. */
async function findLoraFile(place: string): Promise<string> {
  const entry = await stat(place).catch(() => undefined);
  if (!entry?.isDirectory()) {
    if (!entry) throw loraErrors.notFound(place);
    if (!place.endsWith('.safetensors')) throw loraErrors.notSafetensors(place);
    return path.resolve(place);
  }
  const names = await readdir(place).catch((cause: NodeJS.ErrnoException) => {
    throw checkpointErrors.unreadable(place, `cannot be read (${cause.code ?? 'unknown reason'})`, cause);
  });
  const found = names.filter((name) => name.endsWith('.safetensors'));
  const name = usualNames.find((usual) => found.includes(usual)) ?? (found.length === 1 ? found[0] : undefined);
  if (name === undefined) throw loraErrors.noFile(place, found);
  return path.resolve(place, name);
}

/** PEFT's own settings, which lie beside its file; without them it would act at another strength. @throws {FrameloomError} `FL_CHECKPOINT_FILE` where they cannot be read. */
async function adapterConfig(file: string): Promise<string | undefined> {
  if (path.basename(file) !== 'adapter_model.safetensors') return undefined;
  const config = path.join(path.dirname(file), 'adapter_config.json');
  return readForeignText(config, 1 << 20).catch((problem: unknown) => {
    if (!(problem instanceof ForeignFileProblem)) throw problem;
    if (problem.isMissing) return undefined;
    throw checkpointErrors.unreadable(config, problem.phrase, problem);
  });
}
