import path from 'node:path';
import { buildDenoiser, buildTextEncoder, buildVae, type NetworkFiles, readSingleFile, type SingleFile } from '../checkpoints/index.js';
import { ArgumentError, type FrameloomError } from '../core/index.js';
import type { BuiltAutoencoder, ModelSource } from '../onnx/index.js';
import { modelErrors } from './errors.js';
import { Loras } from './loras.js';
import type { ModelContents, NetworkPart, PartOptions } from './modelContents.js';
import { clipTokenizerFolder, type Json } from './modelFiles.js';
import { motionSchedule, nameWithParts, readMotionAdapter, readVae, tokenizerFolder, withMotion } from './modelFolder.js';
import type { TokenizerPlace } from './tokenizer.js';

/** The noise that Stable Diffusion was trained on, run by a scheduler that suits every step count. */
const usualSchedule = {
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
  timestep_spacing: 'leading',
} as const;

/** The noise as distilled models (Turbo) want it run. */
const turboSchedule = { ...usualSchedule, _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'trailing' } as const;

/** Width of the text embeddings of Stable Diffusion 2.x. */
const WIDTH_2 = 1024;

/** A checkpoint in one file of safetensors, as CivitAI has them. What it does not say is assumed, and said. */
export class CheckpointFile implements ModelContents {
  readonly name: string;
  readonly folder = undefined;
  readonly index: Json = {};
  private vae: Promise<BuiltAutoencoder | undefined> | undefined;
  private adapter: Promise<NetworkFiles | undefined> | undefined;
  private readonly graphs = new Map<NetworkPart, Promise<ModelSource | undefined>>();

  private constructor(
    readonly place: string,
    private readonly parts: SingleFile,
    private readonly options: PartOptions,
    readonly loras: Loras,
  ) {
    this.name = nameWithParts(path.basename(place, path.extname(place)), options, loras);
  }

  /** Opens a file; only its header is read. @throws {FrameloomError} `FL_CHECKPOINT_…`, `FL_MODEL_UNSUPPORTED` by name for other kinds of files. */
  static async open(file: string, options: PartOptions = {}): Promise<CheckpointFile> {
    if (options.variant !== undefined)
      throw new ArgumentError(
        'variant',
        options.variant,
        'left out',
        `${path.basename(file)} is one file, and variant chooses among several sets of weights in a folder. Leave variant out, and name the file that you mean.`,
      );
    if (options.textEncoder !== undefined)
      throw new ArgumentError(
        'textEncoder',
        options.textEncoder,
        'left out',
        `${path.basename(file)} has a text encoder of its own. Leave textEncoder out; it is for an LTX-Video in one file.`,
      );
    if (options.transformer !== undefined)
      throw new ArgumentError(
        'transformer',
        options.transformer,
        'left out',
        `${path.basename(file)} is one file, and transformer takes the place of the one in the folder of a Wan 2.1. Name that folder as the model.`,
      );
    return new CheckpointFile(path.resolve(file), await readSingleFile(file), options, await Loras.read(options.loras));
  }

  get notice(): string | undefined {
    if (this.options.predictionType !== undefined || this.saidPrediction !== undefined || this.isTurbo || !this.isSecond) return undefined;
    return `${path.basename(this.place)} does not say what its UNet predicts; it is run as Stable Diffusion 2 of 768 pixels, which predicts velocities. If pictures are nothing but noise, load it with predictionType: 'epsilon'.`;
  }

  graph(part: NetworkPart): Promise<ModelSource | undefined> {
    const known = this.graphs.get(part) ?? this.build(part);
    this.graphs.set(part, known);
    return known;
  }

  async config(part: 'text_encoder' | 'unet' | 'vae'): Promise<Json> {
    if (part === 'vae' && this.options.vae !== undefined) return (await readVae(this.options.vae)).config;
    const unet = this.parts.unet?.config ?? {};
    if (part === 'unet')
      return withMotion(
        { ...unet, sample_size: this.prediction === 'v_prediction' && this.isSecond ? 96 : 64 },
        await this.motionAdapter(),
      );
    return (part === 'vae' ? this.parts.vae : this.parts.textEncoder)?.config ?? {};
  }

  scheduler(): Promise<Json | undefined> {
    const own = this.isTurbo ? turboSchedule : usualSchedule;
    return Promise.resolve({
      ...own,
      prediction_type: this.prediction,
      ...(this.options.motionAdapter === undefined ? {} : motionSchedule),
    });
  }

  async tokenizer(): Promise<TokenizerPlace> {
    if (this.options.tokenizer !== undefined) return { folder: await tokenizerFolder(this.options.tokenizer) };
    // Stable Diffusion 2 was trained with padding by "!", the token of number 0.
    return { folder: clipTokenizerFolder(), ...(this.isSecond ? { marks: { pad_token: '!' } } : {}) };
  }

  missing(part: NetworkPart): Promise<FrameloomError> {
    return Promise.resolve(part.startsWith('vae') ? modelErrors.missingVae(this.place) : modelErrors.missingPart(this.place, part));
  }

  private get isSecond(): boolean {
    return this.parts.unet?.config.cross_attention_dim === WIDTH_2;
  }

  private get isTurbo(): boolean {
    return /turbo/i.test(this.name);
  }

  private get saidPrediction(): string | undefined {
    const said = this.parts.metadata['modelspec.prediction_type'];
    return said === 'v' || said === 'v_prediction' ? 'v_prediction' : said === 'epsilon' ? 'epsilon' : undefined;
  }

  private get prediction(): string {
    return this.options.predictionType ?? this.saidPrediction ?? (this.isSecond && !this.isTurbo ? 'v_prediction' : 'epsilon');
  }

  private async build(part: NetworkPart): Promise<ModelSource | undefined> {
    const { unet, textEncoder } = this.parts;
    if (part === 'unet')
      return unet && buildDenoiser(unet, await this.motionAdapter(), this.loras.built, this.options.controlNet !== undefined);
    if (part === 'text_encoder') return textEncoder && buildTextEncoder(textEncoder, this.loras.built);
    const built = await (this.vae ??= this.buildVae());
    return part === 'vae_encoder' ? built?.encoder : built?.decoder;
  }

  private motionAdapter(): Promise<NetworkFiles | undefined> {
    const { motionAdapter } = this.options;
    return (this.adapter ??= motionAdapter === undefined ? Promise.resolve(undefined) : readMotionAdapter(motionAdapter));
  }

  private async buildVae(): Promise<BuiltAutoencoder | undefined> {
    const { vae } = this.options;
    const files = vae === undefined ? this.parts.vae : await readVae(vae);
    return files && buildVae(files);
  }
}
