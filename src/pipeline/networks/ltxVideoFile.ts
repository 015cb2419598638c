import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  buildDenoiser,
  buildTextEncoder,
  buildVae,
  hasPartWeights,
  type LtxFile,
  type NetworkFiles,
  readLtxFile,
  readPartWeights,
} from '../checkpoints/index.js';
import { ArgumentError, type FrameloomError } from '../core/index.js';
import type { BuiltAutoencoder, ModelSource } from '../onnx/index.js';
import { textEncoderFields } from './configFields.js';
import { modelErrors } from './errors.js';
import { withLatentStatistics } from './latentStatistics.js';
import { Loras } from './loras.js';
import { withLtxSettings, withLtxTraining } from './ltxDefaults.js';
import type { ModelContents, NetworkPart, PartOptions } from './modelContents.js';
import { type Json, readJson } from './modelFiles.js';
import { nameWithParts, readVae, tokenizerFolder } from './modelFolder.js';
import type { TokenizerPlace } from './tokenizer.js';

/** The noise of LTX-Video before 0.9.5, as its `scheduler_config.json` has it. */
const earlySchedule = {
  _class_name: 'FlowMatchEulerDiscreteScheduler',
  num_train_timesteps: 1000,
  shift: 1,
  use_dynamic_shifting: true,
  base_shift: 0.95,
  max_shift: 2.05,
  base_image_seq_len: 1024,
  max_image_seq_len: 4096,
  shift_terminal: 0.1,
} as const;

/** That of later ones, whose σs are placed by the linear-quadratic schedule. */
const laterSchedule = { _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1000, shift: 1 } as const;

/** Options that say nothing of an LTX-Video in one file. */
const foreign = {
  variant: 'which chooses among several sets of weights in a folder',
  transformer: 'which takes the place of the one in the folder of a Wan 2.1',
  motionAdapter: 'which is for Stable Diffusion 1',
  controlNet: 'which is for Stable Diffusion',
  predictionType: 'which is for Stable Diffusion',
} as const;

/** An LTX-Video in one file, in its makers' names: transformer and autoencoder; the text encoder is given beside it. */
export class LtxVideoFile implements ModelContents {
  readonly name: string;
  readonly folder = undefined;
  readonly index: Json;
  private vae: Promise<BuiltAutoencoder | undefined> | undefined;
  private readonly graphs = new Map<NetworkPart, Promise<ModelSource | undefined>>();

  private constructor(
    readonly place: string,
    private readonly parts: LtxFile,
    private readonly options: PartOptions,
    readonly loras: Loras,
  ) {
    this.name = nameWithParts(path.basename(place, path.extname(place)), options, loras);
    const kind = parts.takesConditions ? 'LTXConditionPipeline' : 'LTXPipeline';
    this.index = withLtxSettings({ _class_name: kind }, path.basename(place));
  }

  /** Opens a file; only its header is read. @throws {FrameloomError} `FL_CHECKPOINT_…`, `FL_MODEL_UNSUPPORTED`; {@link ArgumentError} for options of other models. */
  static async open(file: string, options: PartOptions = {}): Promise<LtxVideoFile> {
    for (const [name, why] of Object.entries(foreign))
      if (options[name as keyof typeof foreign] !== undefined)
        throw new ArgumentError(
          name,
          options[name as keyof typeof foreign],
          'left out',
          `${path.basename(file)} is an LTX-Video in one file. Leave ${name} out, ${why}.`,
        );
    return new LtxVideoFile(path.resolve(file), await readLtxFile(file), options, await Loras.read(options.loras));
  }

  graph(part: NetworkPart): Promise<ModelSource | undefined> {
    const known = this.graphs.get(part) ?? this.build(part);
    this.graphs.set(part, known);
    return known;
  }

  async config(part: 'text_encoder' | 'unet' | 'vae'): Promise<Json> {
    if (part === 'unet') return withLtxTraining(this.parts.transformer.config, this.index, path.basename(this.place));
    if (part === 'text_encoder') return (await this.textEncoder())?.config ?? {};
    const files = await this.vaeFiles();
    return files ? withLatentStatistics(files.config, () => Promise.resolve(files.weights)) : {};
  }

  scheduler(): Promise<Json | undefined> {
    return Promise.resolve(this.parts.takesConditions ? laterSchedule : earlySchedule);
  }

  async tokenizer(): Promise<TokenizerPlace> {
    const { tokenizer, textEncoder } = this.options;
    if (tokenizer !== undefined) return { folder: await tokenizerFolder(tokenizer) };
    if (textEncoder === undefined) throw modelErrors.missingTextEncoder(this.place);
    // Beside the text encoder, where its own folder was given.
    const beside = path.dirname(path.resolve(textEncoder));
    return { folder: existsSync(path.join(textEncoder, 'tokenizer')) ? textEncoder : beside };
  }

  missing(part: NetworkPart): Promise<FrameloomError> {
    if (part === 'text_encoder') return Promise.resolve(modelErrors.missingTextEncoder(this.place));
    return Promise.resolve(part.startsWith('vae') ? modelErrors.missingLtxVae(this.place) : modelErrors.missingPart(this.place, part));
  }

  private async build(part: NetworkPart): Promise<ModelSource | undefined> {
    if (part === 'unet') return buildDenoiser(this.parts.transformer, undefined, this.loras.built);
    if (part === 'text_encoder') {
      const files = await this.textEncoder();
      return files && buildTextEncoder(files, this.loras.built);
    }
    const built = await (this.vae ??= this.vaeFiles().then((files) => files && buildVae(files)));
    return part === 'vae_encoder' ? built?.encoder : built?.decoder;
  }

  private async vaeFiles(): Promise<NetworkFiles | undefined> {
    return this.options.vae === undefined ? this.parts.vae : readVae(this.options.vae);
  }

  /** The text encoder that is given. @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL` for a folder without one. */
  private async textEncoder(): Promise<NetworkFiles | undefined> {
    const { textEncoder: given } = this.options;
    if (given === undefined) return undefined;
    const inside = path.join(given, 'text_encoder');
    const folder = existsSync(inside) ? inside : given;
    const config = await readJson(folder, 'config.json', textEncoderFields);
    if (config?.model_type !== 't5' || !(await hasPartWeights(folder)))
      throw modelErrors.notAModel(
        `${given} holds no T5 text encoder: its config.json and model.safetensors, there or in a text_encoder/. Get those of Lightricks/LTX-Video.`,
      );
    return { config, weights: await readPartWeights(folder) };
  }
}
