import { abortSignal, anything, checkOptions, flag, oneOf } from '../checkOptions.js';
import { type LatentPreviewMatrix, drawLatents } from '../display/latentPreview.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import { type Tensor, weightedSum } from '../tensor.js';
import type { Frame, Video } from '../video/index.js';
import { captureErrors } from './errors.js';
import { loadRun, type LoadRunOptions } from './loadRun.js';
import { joinedFrames, kindTitles, nameOf, type TensorKind } from './names.js';
import type { RunRecord } from './record.js';
import { RunFacts } from './runFacts.js';
import { RunPoint } from './runPoint.js';
import { saveRun, type SaveRunOptions } from './saveRun.js';
import { Stages } from './stages.js';
import type { TensorStore } from './tensorStore.js';
import { findWord } from './words.js';
import { WordAttention } from './wordAttention.js';

/** What a run is made of. */
export interface RunParts {
  /** Everything but tensors. */
  readonly record: RunRecord;
  /** The tensors. */
  readonly store: TensorStore;
  /** The model that ran; a run loaded from disk may have none. */
  readonly model?: LatentDiffusionModel;
  /** The clip that was edited. */
  readonly source?: Video;
  /** The clip that was made. */
  result?: Video;
}

/** A UNet's outputs at one step, as the model means them (noise, velocity or clean latents): `[frames, channels, height, width]`. */
export interface NoisePrediction {
  /** For the prompt. */
  conditional: Tensor;
  /** For the negative prompt; undefined without guidance. */
  unconditional?: Tensor;
  /** conditional − unconditional: the direction of guidance. */
  difference?: Tensor;
}

/** Which pictures of a step to draw. */
export interface PictureOptions {
  /** The clean latents as predicted at the step (default), or the latents after it. */
  of?: 'x0' | 'latents';
  /** A linear map, one pixel per latent pixel (default unless true pictures were captured); or the VAE, which takes the model. */
  decoder?: 'linear' | 'vae';
}

/**
 * What a model did, step by step: everything that `capture` asked for.
 *
 * Tensors are `[frames, channels, height, width]` over the whole clip. Where a long clip was worked on in windows, the
 * frames that two windows share are cross-faded, as they were for the result.
 */
export class Run extends RunFacts {
  /** @param parts what was captured; made by `generateVideo`, `editVideo`, `resume` and {@link Run.load}. */
  constructor(private readonly parts: RunParts) {
    super(parts.record);
  }

  /** The clip that was edited; undefined for generated ones. */
  get source(): Video | undefined {
    return this.parts.source;
  }

  /** The clip that was made. */
  get result(): Video | undefined {
    return this.parts.result;
  }

  /** The method's stages, for `show(run.stages)`. */
  get stages(): Stages {
    return new Stages(this);
  }

  /** Bytes that the captured tensors take, in memory and in the temporary file. */
  get byteLength(): number {
    return this.parts.store.byteLength;
  }

  /** Latents after a step; step 0 is where the run began. @throws {FrameloomError} `FL_CAPTURE_MISSING`, `FL_CAPTURE_STEP`. */
  latents(step: number): Promise<Tensor> {
    return this.tensor('latents', step, 'capture: { latents: true }');
  }

  /** Clean latents as predicted at a step. @throws {FrameloomError} `FL_CAPTURE_MISSING`, `FL_CAPTURE_STEP`. */
  x0(step: number): Promise<Tensor> {
    return this.tensor('x0', step, 'capture: { x0: true }');
  }

  /** The UNet's outputs at a step. @throws {FrameloomError} `FL_CAPTURE_MISSING`, `FL_CAPTURE_STEP`. */
  async noise(step: number): Promise<NoisePrediction> {
    const conditional = await this.tensor('conditional', step, 'capture: { noise: true }');
    if (!this.parts.store.has(nameOf('unconditional', step, 0))) return { conditional };
    const unconditional = await this.tensor('unconditional', step, 'capture: { noise: true }');
    return { conditional, unconditional, difference: weightedSum([1, conditional], [-1, unconditional]) };
  }

  /**
   * The mask of an edit by `diffedit`, `[frames, 1, height, width]` at the size of the latents: 1 where the edit could act.
   *
   * @returns undefined for runs that had none, or whose latents were not captured.
   */
  async mask(): Promise<Tensor | undefined> {
    const { store, record } = this.parts;
    if (!store.has(nameOf('mask', 0, 0))) return undefined;
    return joinedFrames(record.windows, (window) => store.get(nameOf('mask', 0, window)));
  }

  /**
   * All frames of the clip as they were at a step.
   *
   * @throws {FrameloomError} `FL_CAPTURE_MISSING` when neither pictures nor latents were captured; `FL_CAPTURE_MODEL` when the
   * VAE is asked for and there is no model.
   */
  async pictures(step: number, options: PictureOptions = {}): Promise<Frame[]> {
    checkOptions('pictures', options, { of: oneOf('x0', 'latents'), decoder: oneOf('linear', 'vae') });
    const { record, store, model } = this.parts;
    const { of = 'x0', decoder = of === 'x0' && record.capture.frames ? record.capture.frames : 'linear' } = options;
    if (of === 'x0' && record.capture.frames === decoder && store.has(nameOf('frames', step, 0))) {
      return framesOf(await this.tensor('frames', step, ''));
    }
    const latents = of === 'latents' ? await this.latents(step) : await this.x0(step);
    if (decoder === 'linear') return drawLatents(this.previewMatrix(), latents);
    if (!model) throw captureErrors.needsModel('Decoding by the VAE');
    return model.vae.decode(latents);
  }

  /**
   * Where the model put a word, by step, layer, head and frame. Sub-tokens are joined, and so are several occurrences.
   *
   * @param word a word of the prompt as typed, or some that follow one another; upper and lower case are the same.
   * @throws {FrameloomError} `FL_CAPTURE_WORD` listing the prompt's words; `FL_CAPTURE_MISSING` when its attention was not captured.
   */
  attention(word: string): WordAttention {
    const { record, store } = this.parts;
    const tokens = findWord(this.words, word);
    const captured = record.attention?.tokens ?? [];
    if (!tokens.every((token) => captured.includes(token))) {
      throw captureErrors.missing(`The attention of ${JSON.stringify(word)}`, `capture: { attention: [${JSON.stringify(word)}] }`);
    }
    return new WordAttention(word, tokens, record, store);
  }

  /**
   * A captured step, to go on from.
   *
   * @param step 1 … {@link stepCount}, or 0 for where the run began.
   * @throws {FrameloomError} `FL_CAPTURE_STEP` listing the steps there are; `FL_CAPTURE_MISSING` without latents.
   */
  at(step: number): RunPoint {
    this.requireStep('latents', step, 'capture: { latents: true }');
    return new RunPoint(this, this.parts, step);
  }

  /**
   * Writes the run to a folder: `run.json`, and `tensors.safetensors` with every tensor and the frames of source and result.
   * The folder appears complete or not at all.
   *
   * @throws {FrameloomError} `FL_CAPTURE_EXISTS` when the folder holds something, `FL_CAPTURE_OUTPUT`, `FL_CAPTURE_DISK_FULL`; AbortError.
   */
  async save(folder: string, options: SaveRunOptions = {}): Promise<void> {
    checkOptions('save', options, { overwrite: flag, signal: abortSignal });
    return saveRun(this.parts, folder, options);
  }

  /**
   * Reads a run that {@link save} wrote. It can be shown as it is; going on from a step and pictures by the VAE take the model.
   *
   * @throws {FrameloomError} `FL_CAPTURE_NOT_FOUND`, `FL_CAPTURE_DAMAGED` for files that are no such run; `FL_CAPTURE_MODEL` for another model.
   */
  static async load(folder: string, options: LoadRunOptions = {}): Promise<Run> {
    checkOptions('Run.load', options, { model: anything });
    const parts = await loadRun(folder, options);
    const run = new Run(parts);
    parts.result = parts.result?.withRun(run);
    return run;
  }

  /** Frees what was captured. Reading it afterwards fails; closing twice does no harm. */
  close(): Promise<void> {
    return this.parts.store.close();
  }

  private async tensor(kind: TensorKind, step: number, how: string): Promise<Tensor> {
    this.requireStep(kind, step, how);
    const { store, record } = this.parts;
    return joinedFrames(record.windows, (window) => store.get(nameOf(kind, step, window)));
  }

  private requireStep(kind: TensorKind, step: number, how: string): void {
    const { store, record } = this.parts;
    if (store.has(nameOf(kind, step, 0))) return;
    const first = record.captured[0];
    if (first === undefined || !store.has(nameOf(kind, first, 0))) throw captureErrors.missing(kindTitles[kind], how);
    throw captureErrors.noStep(step, record.captured, kind === 'latents' ? 0 : 1);
  }

  private previewMatrix(): LatentPreviewMatrix {
    const { preview } = this.parts.record;
    if (!preview) throw captureErrors.missing('The linear preview', "capture: { frames: 'linear' }");
    return { channels: preview.channels, weights: Float64Array.from(preview.weights) };
  }
}

/** Stored pictures, `[frames, height, width, 3]` in 0 … 255. */
function framesOf(stored: Tensor): Frame[] {
  const [count, height, width] = stored.dims as [number, number, number];
  return Array.from({ length: count }, (_, frame) => ({ data: Uint8Array.from(stored.slice(frame, frame + 1).data, Math.round), width, height }));
}
