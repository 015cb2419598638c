import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  buildDenoiser,
  buildTextEncoder,
  buildVae,
  hasPartWeights,
  isLtx,
  isWan,
  type NetworkFiles,
  readMotionFile,
  readPartWeights,
  readVaeFile,
  readWanFile,
  wanWeights,
} from '../checkpoints/index.js';
import { ArgumentError, type FrameloomError } from '../core/index.js';
import type { BuiltAutoencoder, ModelSource } from '../onnx/index.js';
import { indexFields, textEncoderFields, unetFields, vaeFields } from './configFields.js';
import { modelErrors } from './errors.js';
import { Loras } from './loras.js';
import { withLatentStatistics } from './latentStatistics.js';
import { withLtxSettings, withLtxTraining } from './ltxDefaults.js';
import { isRunnableLtx } from './ltxKinds.js';
import type { ModelContents, NetworkPart, PartOptions } from './modelContents.js';
import { findGraph, hasGraph, type Json, readJson } from './modelFiles.js';
import type { TokenizerPlace } from './tokenizer.js';
import { withWanSettings, withWanTraining } from './wanDefaults.js';
import { isRunnableWan } from './wanKinds.js';

/** Weights that only PyTorch and other frameworks of Python read. */
const pickled = /\.(bin|ckpt|pt|pth|msgpack)$/;

/** What diffusers calls a network's weights; transformers has another name for those of text encoders. */
const WEIGHTS = 'diffusion_pytorch_model.safetensors';

/** The noise that AnimateDiff's motion modules were trained on, in the spelling of `scheduler_config.json`; a picture model's own is another. */
export const motionSchedule = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'linear',
  clip_sample: false,
  steps_offset: 1,
  timestep_spacing: 'linspace',
} as const;

/**
 * A model's folder: an ONNX export, a diffusers folder of safetensors, or a mixture. A network that has both is taken from its ONNX file.
 */
export class ModelFolder implements ModelContents {
  readonly name: string;
  private readonly graphs = new Map<NetworkPart, Promise<ModelSource | undefined>>();
  private vae: Promise<BuiltAutoencoder | undefined> | undefined;
  private adapter: Promise<NetworkFiles | undefined> | undefined;
  private given: Promise<NetworkFiles> | undefined;

  private constructor(
    readonly place: string,
    readonly index: Json,
    private readonly options: PartOptions,
    readonly loras: Loras,
  ) {
    this.name = nameWithParts(path.basename(place), options, loras);
  }

  /** Opens a folder; only its `model_index.json`, and the headers of LoRAs, are read. @throws {FrameloomError} `FL_MODEL_JSON`, `FL_MODEL_FILE`, `FL_LORA_…`. */
  static async open(directory: string, options: PartOptions = {}): Promise<ModelFolder> {
    const index = (await readJson(directory, 'model_index.json', indexFields)) ?? {};
    if (options.predictionType !== undefined)
      throw new ArgumentError(
        'predictionType',
        options.predictionType,
        'left out',
        `${path.basename(directory)} is a folder, which says what its UNet predicts in scheduler/scheduler_config.json (prediction_type). Leave predictionType out; it is for models in one file.`,
      );
    if (options.textEncoder !== undefined)
      throw new ArgumentError(
        'textEncoder',
        options.textEncoder,
        'left out',
        `${path.basename(directory)} is a folder, whose text encoder is its own. Leave textEncoder out; it is for an LTX-Video in one file.`,
      );
    if (options.transformer !== undefined && !isRunnableWan(index))
      throw new ArgumentError(
        'transformer',
        options.transformer,
        'left out',
        `${path.basename(directory)} is no Wan 2.1, whose transformer this option gives. Leave transformer out, or name the folder of a Wan 2.1 as the model.`,
      );
    const folder = new ModelFolder(directory, withHabits(index, path.basename(directory)), options, await Loras.read(options.loras));
    if (options.variant !== undefined) await folder.requireVariants(options.variant);
    return folder;
  }

  /** @throws {ArgumentError} where no network of the folder comes from weights that could have variants. */
  private async requireVariants(variant: string): Promise<void> {
    const parts = [this.folderOf('unet'), 'text_encoder', 'motion_adapter', ...(this.options.vae === undefined ? ['vae'] : [])];
    for (const part of parts) {
      const graphs = part === 'vae' ? ['vae_encoder', 'vae_decoder'] : [part];
      const exported = await Promise.all(graphs.map((graph) => hasGraph(this.place, graph)));
      if (!exported.every(Boolean) && (await hasPartWeights(path.join(this.place, part)))) return;
    }
    throw new ArgumentError(
      'variant',
      variant,
      'left out',
      `${path.basename(this.place)} has ONNX graphs, whose weights have no variants. Leave variant out.`,
    );
  }

  get folder(): string {
    return this.place;
  }

  /** Where the weights of a network lie: diffusers calls the denoising network of newer models its transformer. */
  private folderOf(part: NetworkPart): string {
    return part === 'unet' && hasTransformer(this.index) ? 'transformer' : part;
  }

  graph(part: NetworkPart): Promise<ModelSource | undefined> {
    const known = this.graphs.get(part) ?? this.findOrBuild(part);
    this.graphs.set(part, known);
    return known;
  }

  private async findOrBuild(part: NetworkPart): Promise<ModelSource | undefined> {
    const isVae = part === 'vae_encoder' || part === 'vae_decoder';
    if (isVae && this.options.vae !== undefined) return this.builtVae(part);
    const adapter = part === 'unet' ? await this.motionAdapter() : undefined;
    if (adapter === undefined && (await hasGraph(this.place, part))) {
      const file = await findGraph(this.place, part);
      if (!isVae) this.loras.requireNoneFor(part, file);
      return file;
    }
    if (isVae) return this.builtVae(part);
    if (part === 'unet' && this.options.transformer !== undefined)
      return buildDenoiser(await this.ownTransformer(), adapter, this.loras.built);
    const folder = this.folderOf(part);
    if (!(await hasPartWeights(path.join(this.place, folder)))) return undefined;
    const config = await readJson(this.place, `${folder}/config.json`, part === 'unet' ? unetFields : textEncoderFields);
    if (config === undefined) throw modelErrors.missingFile(path.join(this.place, folder, 'config.json'));
    const weights = await readPartWeights(path.join(this.place, folder), this.options.variant);
    const files: NetworkFiles = { config, weights: isWan(config) ? wanWeights(weights) : weights };
    return part === 'unet'
      ? buildDenoiser(files, adapter, this.loras.built, this.options.controlNet !== undefined)
      : buildTextEncoder(files, this.loras.built);
  }

  async config(part: 'text_encoder' | 'unet' | 'vae'): Promise<Json> {
    if (part === 'vae' && this.options.vae !== undefined) return (await readVae(this.options.vae)).config;
    if (part === 'vae') {
      const exported = await readJson(this.place, 'vae_decoder/config.json', vaeFields);
      const own = exported ?? (await readJson(this.place, 'vae/config.json', vaeFields)) ?? {};
      return withLatentStatistics(own, () => readPartWeights(path.join(this.place, 'vae'), this.options.variant));
    }
    if (part === 'text_encoder') return (await readJson(this.place, 'text_encoder/config.json', textEncoderFields)) ?? {};
    const unet = this.options.transformer === undefined ? await this.transformerConfig() : (await this.ownTransformer()).config;
    if (isLtx(unet)) return withLtxTraining(unet, this.index, this.name);
    return isWan(unet) ? withWanTraining(unet) : withMotion(unet, await this.motionAdapter());
  }

  /** `unet/config.json`, or that of the transformer. */
  private async transformerConfig(): Promise<Json> {
    return (await readJson(this.place, `${this.folderOf('unet')}/config.json`, unetFields)) ?? {};
  }

  /** The transformer that the options give in the place of the folder's. */
  private ownTransformer(): Promise<NetworkFiles> {
    return (this.given ??= this.transformerConfig().then((known) => readWanFile(path.resolve(this.options.transformer!), known)));
  }

  async scheduler(): Promise<Json | undefined> {
    const json = await readJson(this.place, 'scheduler/scheduler_config.json');
    // The noise of Stable Diffusion, which models without a file are run with, is not theirs.
    if (json === undefined && hasTransformer(this.index))
      throw modelErrors.missingFile(path.join(this.place, 'scheduler', 'scheduler_config.json'));
    return this.options.motionAdapter === undefined ? json : { ...json, ...motionSchedule };
  }

  async tokenizer(): Promise<TokenizerPlace> {
    return { folder: await tokenizerFolder(this.options.tokenizer ?? this.place) };
  }

  async missing(part: NetworkPart): Promise<FrameloomError> {
    // diffusers keeps encoder and decoder of the VAE in one folder.
    const folder = part.startsWith('vae') ? 'vae' : this.folderOf(part);
    const names: readonly string[] = await readdir(path.join(this.place, folder)).catch(() => []);
    const pickle = names.find((name) => pickled.test(name));
    return pickle === undefined
      ? hasTransformer(this.index)
        ? modelErrors.missingFile(path.join(this.place, folder, part === 'text_encoder' ? 'model.safetensors' : WEIGHTS))
        : modelErrors.missingFile(path.join(this.place, part, 'model.onnx'))
      : modelErrors.pickled(path.join(this.place, folder, pickle));
  }

  private async builtVae(part: 'vae_encoder' | 'vae_decoder'): Promise<ModelSource | undefined> {
    const built = await (this.vae ??= this.buildVae());
    return part === 'vae_encoder' ? built?.encoder : built?.decoder;
  }

  private async buildVae(): Promise<BuiltAutoencoder | undefined> {
    if (this.options.vae !== undefined) return buildVae(await readVae(this.options.vae));
    const folder = path.join(this.place, 'vae');
    if (!(await hasPartWeights(folder))) return undefined;
    if (!existsSync(path.join(folder, 'config.json'))) throw modelErrors.missingFile(path.join(folder, 'config.json'));
    return buildVae({ config: await this.config('vae'), weights: await readPartWeights(folder, this.options.variant) });
  }

  private motionAdapter(): Promise<NetworkFiles | undefined> {
    return (this.adapter ??= this.findMotionAdapter());
  }

  private async findMotionAdapter(): Promise<NetworkFiles | undefined> {
    const own = path.join(this.place, 'motion_adapter');
    const unet = (await readJson(this.place, 'unet/config.json', unetFields)) ?? {};
    // A motion UNet that was saved whole has its adapter inside, and diffusers saves the adapter beside it once more.
    const folder =
      this.options.motionAdapter ??
      (unet._class_name !== 'UNetMotionModel' && !(await hasGraph(this.place, 'unet')) && (await hasPartWeights(own)) ? own : undefined);
    if (folder === undefined) return undefined;
    return readMotionAdapter(folder, folder === own ? this.options.variant : undefined);
  }
}

/** An autoencoder's settings and weights, of a folder of diffusers or of one file. @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL`, `FL_CHECKPOINT_…`. */
export async function readVae(place: string): Promise<NetworkFiles> {
  if (place.endsWith('.safetensors')) return readVaeFile(place);
  const config = await readJson(place, 'config.json', vaeFields);
  if (!config || !(await hasPartWeights(place)))
    throw modelErrors.notAModel(
      `${place} is no autoencoder: it holds no weights in .safetensors files beside a config.json. Give the folder of one, such as a model's vae/, or one file.`,
    );
  const weights = await readPartWeights(place);
  return { config: await withLatentStatistics(config, () => Promise.resolve(weights)), weights };
}

/** Whether a model's denoising network is a transformer, by its `model_index.json`. */
function hasTransformer(index: Json): boolean {
  return isRunnableWan(index) || isRunnableLtx(index);
}

/** `model_index.json` with the settings that such models work well with, where their files do not say. */
function withHabits(index: Json, name: string): Json {
  if (isRunnableLtx(index)) return withLtxSettings(index, name);
  return isRunnableWan(index) ? withWanSettings(index) : index;
}

/** The ControlNets that an option names, in order. */
export function controlNetPlaces(given: PartOptions['controlNet']): readonly string[] {
  return given === undefined ? [] : typeof given === 'string' ? [given] : given;
}

/** What a model is called: after its place, and what was laid over it; a record that names it so is not mistaken for the plain model's. */
export function nameWithParts(name: string, { transformer, vae, motionAdapter, controlNet }: PartOptions, loras: Loras): string {
  const parts = [transformer, motionAdapter, vae, ...controlNetPlaces(controlNet)]
    .filter((part) => part !== undefined)
    .map((part) => path.basename(part).replace(/\.safetensors$/, ''));
  return [name, ...parts, ...loras.all.map((lora) => lora.name)].join(' with ');
}

/** A UNet's settings with how many frames its motion adapter knows: 32, where the adapter does not say. */
export function withMotion(unet: Json, adapter: NetworkFiles | undefined): Json {
  return adapter ? { ...unet, motion_max_seq_length: adapter.config.motion_max_seq_length ?? 32 } : unet;
}

/** A motion adapter's settings and weights, of a folder of diffusers or AnimateDiff's own file. @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL`, `FL_CHECKPOINT_…`. */
export async function readMotionAdapter(folder: string, variant?: string): Promise<NetworkFiles> {
  if (folder.endsWith('.safetensors')) return readMotionFile(folder);
  return readNetworkFolder(folder, 'motion adapter', 'MotionAdapter', variant);
}

/**
 * A network's settings and weights, of a folder of its own.
 *
 * @param kind what it should be, for messages.
 * @param className what diffusers calls it.
 * @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL`, `FL_CHECKPOINT_…`.
 */
export async function readNetworkFolder(folder: string, kind: string, className: string, variant?: string): Promise<NetworkFiles> {
  const config = await readJson(folder, 'config.json');
  if (!config || !(await hasPartWeights(folder)))
    throw modelErrors.notAModel(
      `${folder} is no ${kind}: such a folder holds config.json and diffusion_pytorch_model.safetensors, as diffusers' ${className} saves them.`,
    );
  return { config, weights: await readPartWeights(folder, variant) };
}

/** The folder in which `tokenizer/` lies, of a folder that is given in either way. */
export async function tokenizerFolder(given: string): Promise<string> {
  const inside = await stat(path.join(given, 'tokenizer')).catch(() => undefined);
  return inside?.isDirectory() || path.basename(path.resolve(given)) !== 'tokenizer' ? given : path.dirname(path.resolve(given));
}
