import path from 'node:path';
import { type LoraFile, loraErrors, type LoraPart, readLoraFile } from '../checkpoints/index.js';
import { ArgumentError, nearestNames, type OptionCheck, place as aPlace } from '../core/index.js';
import { type Distillation, distillationOf } from './distilledLoras.js';
import { type LoraWeight, isWeight, MOST_WEIGHT, weightAt } from './loraWeight.js';

/** A LoRA to lay over a model's UNet and text encoder. */
export interface LoraChoice {
  /** A file of safetensors in kohya's, PEFT's or diffusers' names, or the folder that diffusers or PEFT saved it in. */
  path: string;
  /** How strongly it acts where a run does not say otherwise: 1 as it was trained, 0 not at all, below 0 the other way. 1 by default. */
  weight?: number;
  /** What it is called in `loraWeights`: by default its file's name without the ending, or its folder's. */
  name?: string;
}

/** A LoRA that lies over a model. */
export interface LoadedLora {
  /** What it is called in `loraWeights`. */
  readonly name: string;
  /** Its file. */
  readonly file: string;
  /** How strongly it acts where a run does not say otherwise. */
  readonly weight: number;
  /** Whether it makes a latent consistency model of the one that it lies over (Luo et al. 2023, "LCM-LoRA"). */
  readonly isConsistency: boolean;
  /** How it was distilled from a video model, and is run; undefined for one that was not. */
  readonly distillation: Distillation | undefined;
}

/** Names of files that say nothing of what is in them. */
const namelessFiles = ['pytorch_lora_weights', 'adapter_model', 'diffusion_pytorch_model'];

/** The word by which LCM-LoRAs are known; nothing else in their files tells. */
const consistencyWord = /(^|[^a-z])(lcm|animatelcm)([^a-z]|$)/i;

/** LoRAs to lay over a model: each with a path, and a weight and a name where wanted. */
export const lorasCheck: OptionCheck = (given) => {
  const isChoice = (choice: unknown) => {
    const { path: place, weight, name, ...rest } = (choice ?? {}) as Record<string, unknown>;
    const fits = aPlace(place, 'path') === undefined && ['undefined', 'string'].includes(typeof name);
    return fits && Object.keys(rest).length === 0 && (weight === undefined || isWeight(weight));
  };
  return Array.isArray(given) && given.every(isChoice)
    ? undefined
    : `a list of { path, weight, name }, with weights from -${MOST_WEIGHT} to ${MOST_WEIGHT}`;
};

/** The LoRAs that lie over one model, in the order in which its graphs take their strengths. */
export class Loras {
  private constructor(
    /** What each is. */
    readonly all: readonly LoadedLora[],
    private readonly files: readonly LoraFile[],
  ) {}

  /** @internal Reads their headers. @throws {FrameloomError} `FL_LORA_…`, `FL_CHECKPOINT_…`; {@link ArgumentError} for two of one name. */
  static async read(choices: readonly LoraChoice[] = []): Promise<Loras> {
    const files = await Promise.all(choices.map(({ path: place }) => readLoraFile(place)));
    const all = choices.map(({ weight = 1, name }, i) => {
      const { file, metadata } = files[i]!;
      const words = [nameOf(file), metadata.ss_output_name, metadata['modelspec.title']];
      const isConsistency = weight > 0 && words.some((word) => word !== undefined && consistencyWord.test(word));
      const distillation = weight > 0 ? distillationOf([...words, name]) : undefined;
      return { name: name ?? nameOf(file), file, weight, isConsistency, distillation };
    });
    const twice = all.find(({ name }, i) => all.findIndex((other) => other.name === name) < i);
    if (twice) throw new ArgumentError('loras', twice.name, 'names that differ: give one of them another by name');
    return new Loras(all, files);
  }

  /** @internal What a network's graph is built with. */
  get built(): readonly LoraFile[] {
    return this.files;
  }

  /** What the model's scheduler and guidance are set by: the first LCM-LoRA. */
  get consistency(): LoadedLora | undefined {
    return this.all.find(({ isConsistency }) => isConsistency);
  }

  /** What the model's steps and guidance are set by: the first distilled one. */
  get distilled(): LoadedLora | undefined {
    return this.all.find(({ distillation }) => distillation !== undefined);
  }

  /** @internal @throws {FrameloomError} `FL_LORA_MODEL` where one of them changes a network that is an ONNX file. */
  requireNoneFor(part: LoraPart, graph: string): void {
    const first = this.files.find(({ parts }) => parts[part].size > 0);
    if (first) throw loraErrors.exported(first.file, graph);
  }

  /**
   * How strongly each acts at a timestep.
   *
   * @param given weights of a run, by name; those not named keep their own.
   * @throws {ArgumentError} for a name that is none of theirs, or, where it is called, for a function's result that is no weight.
   */
  weights(given: Readonly<Record<string, LoraWeight>> = {}): (timestep: number) => number[] {
    const names = this.all.map(({ name }) => name);
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const near = nearestNames(unknown, names)[0];
      throw new ArgumentError(
        'loraWeights',
        unknown,
        names.length === 0
          ? 'left out: the model was loaded without LoRAs (option loras)'
          : `about the LoRAs of the model: ${names.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    }
    return (timestep) => this.all.map(({ name, weight }) => weightAt(Object.hasOwn(given, name) ? given[name]! : weight, timestep));
  }
}

function nameOf(file: string): string {
  const name = path.basename(file, path.extname(file));
  return namelessFiles.includes(name) ? path.basename(path.dirname(file)) : name;
}
