import { checkOptions, oneOf, type Tensor, weightedSum, type Frame } from '../core/index.js';
import { type Autoencoder, drawLatents, type LatentPreviewMatrix, tensorToFrames } from '../networks/index.js';
import { type PictureDecoder, pictureDecoders } from '../diffusion/index.js';
import { captureErrors } from './errors.js';
import { betweenFrames } from './frameAttention.js';
import { latentWindows } from './latentRows.js';
import type { MapChoice } from './mapChoice.js';
import { joinedFrames, kindTitles, nameOf, type TensorKind } from './names.js';
import { RunFacts } from './runFacts.js';
import type { RunParts } from './runParts.js';
import { WordAttention } from './wordAttention.js';
import { findWord } from './words.js';

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
  /** A linear map, one pixel per latent pixel (default unless true pictures were captured); or the VAE, or that for previews, which take the model. */
  decoder?: PictureDecoder;
}

/** The tensors of a captured run, and what is drawn from them. */
export abstract class RunTensors extends RunFacts {
  /** @internal @param captured what was captured. */
  protected constructor(private readonly captured: RunParts) {
    super(captured.record);
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
    if (!this.captured.store.has(nameOf('unconditional', step, 0))) return { conditional };
    const unconditional = await this.tensor('unconditional', step, 'capture: { noise: true }');
    return { conditional, unconditional, difference: weightedSum([1, conditional], [-1, unconditional]) };
  }

  /**
   * The mask of an edit by `diffedit`, `[frames, 1, height, width]` at the size of the latents: 1 where the edit could act.
   *
   * @returns undefined for runs that had none, or whose latents were not captured.
   */
  async mask(): Promise<Tensor | undefined> {
    const { store, record } = this.captured;
    if (!store.has(nameOf('mask', 0, 0))) return undefined;
    return joinedFrames(latentWindows(record), (window) => store.get(nameOf('mask', 0, window)));
  }

  /**
   * All frames of the clip as they were at a step.
   *
   * @throws {FrameloomError} `FL_CAPTURE_MISSING` when neither pictures nor latents were captured; `FL_CAPTURE_MODEL` when the
   * VAE, or that for previews, is asked for and there is no model with one.
   */
  async pictures(step: number, options: PictureOptions = {}): Promise<Frame[]> {
    checkOptions('pictures', options, { of: oneOf('x0', 'latents'), decoder: oneOf(...pictureDecoders) });
    const { record, store, model } = this.captured;
    const { of = 'x0', decoder = of === 'x0' && record.capture.frames ? record.capture.frames : 'linear' } = options;
    if (of === 'x0' && record.capture.frames === decoder && store.has(nameOf('frames', step, 0))) {
      const stored = framesOf(await this.tensor('frames', step, ''));
      return decoder === 'linear' ? this.byFrame(stored) : stored;
    }
    const latents = of === 'latents' ? await this.latents(step) : await this.x0(step);
    if (decoder === 'linear') return this.byFrame(drawLatents(this.previewMatrix(), latents));
    if (!model) throw captureErrors.needsModel('Decoding by the VAE');
    const vae = decoder === 'vae' ? model.vae : model.previewVae;
    if (!vae) throw captureErrors.needsPreviewVae(model.name);
    return this.decoded(vae, latents);
  }

  /** Pictures of the clip: of each window's latents, where those are its own, joined as pictures. */
  private async decoded(vae: Autoencoder, latents: Tensor): Promise<Frame[]> {
    const { windows, temporalScaleFactor = 1 } = this.captured.record;
    if (temporalScaleFactor === 1) return vae.decode(latents);
    const own = latentWindows(this.captured.record);
    return tensorToFrames(await joinedFrames(windows, (window) => vae.decodePixels(latents.slice(own[window]!.start, own[window]!.end))));
  }

  /** A picture for every frame of the clip, of one for every latent frame. */
  private byFrame(pictures: readonly Frame[]): Frame[] {
    return Array.from({ length: this.frames }, (_, frame) => pictures[this.latentFrameOf(frame)]!);
  }

  /**
   * Where the model put a word, by step, layer, head and frame. Sub-tokens are joined, and so are several occurrences.
   *
   * @param word a word of the prompt as typed, or some that follow one another; upper and lower case are the same.
   * @throws {FrameloomError} `FL_CAPTURE_WORD` listing the prompt's words; `FL_CAPTURE_MISSING` when its attention was not captured.
   */
  attention(word: string): WordAttention {
    const { record, store } = this.captured;
    const tokens = findWord(this.words, word);
    const captured = record.attention?.tokens ?? [];
    if (!tokens.every((token) => captured.includes(token))) {
      throw captureErrors.missing(`The attention of ${JSON.stringify(word)}`, `capture: { attention: [${JSON.stringify(word)}] }`);
    }
    return new WordAttention(word, tokens, record, store);
  }

  /**
   * How much every frame looked at every other, `[frames, frames]`, those that look first, every row summing to 1: the mean over the steps, layers and heads that are
   * not named. Of models that compress time, frames are those of the latents.
   *
   * @throws {FrameloomError} `FL_CAPTURE_MISSING` when it was not captured, `FL_CAPTURE_STEP`; {@link ArgumentError} for a layer or head that was not captured.
   */
  async frameAttention(choice: MapChoice = {}): Promise<Tensor> {
    const { record, store } = this.captured;
    if (!record.frameAttention) throw captureErrors.missing('The attention between frames', 'capture: { frameAttention: true }');
    return betweenFrames(record, store, choice);
  }

  private async tensor(kind: TensorKind, step: number, how: string): Promise<Tensor> {
    this.requireStep(kind, step, how);
    const { store, record } = this.captured;
    // Pictures by the VAE are those of the clip.
    const windows = kind === 'frames' && record.capture.frames !== 'linear' ? record.windows : latentWindows(record);
    return joinedFrames(windows, (window) => store.get(nameOf(kind, step, window)));
  }

  /** @internal @throws {FrameloomError} `FL_CAPTURE_STEP`, `FL_CAPTURE_MISSING` unless there is such a tensor of the step. @param how the option that would have captured it. */
  protected requireStep(kind: TensorKind, step: number, how: string): void {
    const { store, record } = this.captured;
    if (store.has(nameOf(kind, step, 0))) return;
    const first = record.captured[0];
    if (first === undefined || !store.has(nameOf(kind, first, 0))) throw captureErrors.missing(kindTitles[kind], how);
    throw captureErrors.noStep(step, record.captured, kind === 'latents' ? 0 : 1);
  }

  private previewMatrix(): LatentPreviewMatrix {
    const { preview } = this.captured.record;
    if (!preview) throw captureErrors.missing('The linear preview', "capture: { frames: 'linear' }");
    return { channels: preview.channels, weights: Float64Array.from(preview.weights) };
  }
}

/** Stored pictures, `[frames, height, width, 3]` in 0 … 255. */
function framesOf(stored: Tensor): Frame[] {
  const [count, height, width] = stored.dims as [number, number, number];
  return Array.from({ length: count }, (_, frame) => ({
    data: Uint8Array.from(stored.slice(frame, frame + 1).data, Math.round),
    width,
    height,
  }));
}
