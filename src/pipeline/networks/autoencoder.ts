import path from 'node:path';
import { concatenate, type Frame, Tensor } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';
import { inBatches } from './batches.js';
import { requireGraph } from './checkModel.js';
import { ClipChunks } from './clipChunks.js';
import { type ClipPass, clipPass, codeClip, type PassLimits, PIXELS_PER_PASS, TemporalCompression } from './clipCoding.js';
import { decoderInputs, type DecodingNoise, mixedWithNoise, takesTimestep } from './decoderInputs.js';
import { modelErrors, requireFiniteOutput } from './errors.js';
import type { Graph, TensorDeclaration } from './graph.js';
import type { GraphOptions } from './graphOptions.js';
import { LatentScaling } from './latentScaling.js';
import type { ModelContents } from './modelContents.js';
import type { Json } from './modelFiles.js';
import { openGraph } from './openGraph.js';
import { framesToTensor, tensorToFrames } from './pixels.js';

const encoderWanted =
  'A VAE encoder takes sample [batch, 3, height, width] in −1…1 and gives latent_parameters [batch, 2 × channels, h, w] (or latent_sample).';
const decoderWanted = 'A VAE decoder takes latent_sample [batch, channels, h, w] and gives sample [batch, 3, height, width].';

/** Pixels of this many frames' worth of 512 × 512 go through the VAE at once. */
const PIXELS_PER_CALL = 512 * 512;

/** The bounds that diffusers puts on the logarithm of the posterior's variance. */
const LOG_VARIANCE = { min: -30, max: 20 };

/** The VAE: frames to latents and back. */
export class Autoencoder {
  private readonly encoderInput;
  private readonly encoderOutput;
  private readonly decoderInput;
  private readonly decoderOutput;
  private readonly scaling: LatentScaling;
  /** Frames that each latent frame after the first stands for: 4 for Wan, 8 for LTX-Video, 1 for autoencoders of pictures. */
  readonly temporalScaleFactor: number;
  private readonly time: TemporalCompression;
  /** Pixels of all frames that go through at once; LTX-Video's works on squares of 4 × 4, with an eighth of the memory. */
  private readonly pixelsPerPass: number;
  /** Pixels per latent pixel, along each side: 8 for SD. */
  readonly scaleFactor: number;

  private constructor(
    /** The encoder's graph; undefined for models that only generate. */
    readonly encoder: Graph | undefined,
    /** The decoder's graph. */
    readonly decoder: Graph,
    config: Json,
    /** Encoder and decoder for clips chunk by chunk, where they can be had so. */
    readonly chunks: { readonly encode?: ClipChunks | undefined; readonly decode?: ClipChunks | undefined } = {},
  ) {
    this.encoderInput = encoder?.requireInput(['sample'], [4, 5], encoderWanted);
    this.encoderOutput = encoder?.requireOutput(['latent_parameters', 'latent_sample'], [4, 5], encoderWanted);
    this.decoderInput = decoder.requireInput(['latent_sample'], [4, 5], decoderWanted);
    this.decoderOutput = decoder.requireOutput(['sample'], [4, 5], decoderWanted);
    this.scaling = new LatentScaling(config, this.codesClips ? this.latentChannels : undefined);
    this.temporalScaleFactor = this.codesClips ? timeFactor(config) : 1;
    this.time = new TemporalCompression(this.temporalScaleFactor);
    this.pixelsPerPass = PIXELS_PER_PASS * (config._class_name === 'AutoencoderKLLTXVideo' ? 8 : 1);
    const blocks = config.block_out_channels ?? config.decoder_block_out_channels ?? config.dim_mult;
    this.scaleFactor = Number(config.vae_scale_factor ?? (Array.isArray(blocks) ? 2 ** (blocks.length - 1) : 8));
  }

  /** @internal Loads the decoder of a model, and its encoder where it has one. */
  static async load(contents: ModelContents, options?: GraphOptions): Promise<Autoencoder> {
    const [encoder, decoder] = [await contents.graph('vae_encoder'), await requireGraph(contents, 'vae_decoder')];
    const [encoding, decoding] = [{ ...options, group: 'encode' } as const, { ...options, group: 'decode' } as const];
    const opened = encoder === undefined ? undefined : await openGraph(encoder, encoding);
    const openedDecoder = await openGraph(decoder, decoding);
    return new Autoencoder(opened, openedDecoder, await contents.config('vae'), {
      encode: encoder === undefined || !opened ? undefined : await ClipChunks.open(encoder, opened, encoding),
      decode: await ClipChunks.open(decoder, openedDecoder, decoding),
    });
  }

  /** What latents are multiplied by after encoding, so that they have about unit variance; 1 where each channel has a factor of its own. */
  get scalingFactor(): number {
    return this.scaling.factor;
  }

  /** What is subtracted before that; 0 for most models. */
  get shiftFactor(): number {
    return this.scaling.shift;
  }

  /** Whether it makes latents of clips rather than of pictures. */
  get codesClips(): boolean {
    return this.decoderInput.dims.length === 5;
  }

  /** Latent frames of a clip: as many as frames, or fewer where it compresses time. */
  latentFrames(frames: number): number {
    return this.time.latentFrames(frames);
  }

  /** Frames that latent frames are decoded to. */
  framesOf(latentFrames: number): number {
    return this.time.frames(latentFrames);
  }

  /** Latent channels: 4 for SD. */
  get latentChannels(): number {
    const channels = this.decoderInput.dims[1];
    return typeof channels === 'number' ? channels : 4;
  }

  /** Height and width in pixels that the encoder's graph fixes, where it does. */
  get fixedSize(): { height: number; width: number } | undefined {
    const [height, width] = this.encoderInput?.dims.slice(-2) ?? [];
    return typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0 ? { height, width } : undefined;
  }

  /** The encoder with its input and output. @throws {FrameloomError} `FL_MODEL_NO_ENCODER` for a model that only generates. */
  requireEncoder(): { encoder: Graph; input: TensorDeclaration; output: TensorDeclaration } {
    const { encoder, encoderInput: input, encoderOutput: output } = this;
    if (encoder && input && output) return { encoder, input, output };
    throw modelErrors.noEncoder(path.dirname(path.dirname(this.decoder.file)));
  }

  /**
   * Frames to latents `[frames, channels, height / f, width / f]`, scaled for the UNet; `[latent frames, …]` where it compresses time, the last frame repeated up to
   * a whole number of them.
   *
   * @param frames all of one size, whose sides are multiples of {@link scaleFactor}.
   * @param noise draws a sample of the posterior, as diffusers does; without it the posterior's mean is taken.
   * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` when the encoder gives NaN, as half-precision VAEs do.
   */
  async encode(frames: readonly Frame[], noise?: NoiseSource): Promise<Tensor> {
    return this.encodePixels(framesToTensor(frames), noise);
  }

  /** As {@link encode}, of pixels `[frames, 3, height, width]` in −1…1. */
  async encodePixels(pixels: Tensor, noise?: NoiseSource): Promise<Tensor> {
    const [, , height, width] = pixels.dims as [number, number, number, number];
    const { encoder, input, output } = this.requireEncoder();
    const call = async (part: Tensor) => (await encoder.run({ [input.name]: part }, [output.name]))[output.name]!;
    const encoded = this.codesClips
      ? await this.codeClip(this.time.filled(pixels), 'encode', call)
      : await inBatches(pixels, input.dims[0], PIXELS_PER_CALL / (width * height), call);
    requireFiniteOutput("The VAE encoder's output", encoded);
    // Mean and log variance stand side by side in the channels, whatever the output is called.
    const isSample = output.name === 'latent_sample' || encoded.dims[1] === this.latentChannels;
    const latents = isSample ? encoded : posterior(encoded, noise);
    return this.scaling.scaled(latents);
  }

  /** How a clip of this size goes through, where clips do. */
  passOf(clip: { readonly frames: number; readonly width: number; readonly height: number }, direction: 'encode' | 'decode'): ClipPass {
    return clipPass(clip, this.limits(direction));
  }

  private limits(direction: 'encode' | 'decode'): PassLimits {
    return { pixelsPerPass: this.pixelsPerPass, chunkFactor: this.chunks[direction] && this.temporalScaleFactor };
  }

  /** Whether its decoder is told how noisy the latents are: {@link decode} takes noise then. */
  get decodesNoise(): boolean {
    return takesTimestep(this.decoder);
  }

  /**
   * Latents `[frames, channels, h, w]` to frames; where it compresses time, to as many as {@link framesOf} says.
   *
   * @param noise what is mixed into the latents first, where {@link decodesNoise}; without it they are taken for clean.
   * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` when the decoder gives NaN, as half-precision VAEs do.
   */
  async decode(latents: Tensor, noise?: DecodingNoise): Promise<Frame[]> {
    return tensorToFrames(await this.decodePixels(latents, noise));
  }

  /** As {@link decode}, to `[frames, 3, height, width]`, about −1…1 and not clamped. */
  async decodePixels(latents: Tensor, noise?: DecodingNoise): Promise<Tensor> {
    const [, , h, w] = latents.dims as [number, number, number, number];
    const { decoderInput, decoderOutput } = this;
    const clean = this.scaling.unscaled(latents);
    const unscaled = noise && this.decodesNoise ? mixedWithNoise(clean, noise) : clean;
    const timestep = noise?.timestep ?? 0;
    const most = PIXELS_PER_CALL / (h * w * this.scaleFactor ** 2);
    const call = async (part: Tensor) => {
      const feeds = { ...decoderInputs(this.decoder, part, timestep), [decoderInput.name]: part };
      return (await this.decoder.run(feeds, [decoderOutput.name]))[decoderOutput.name]!;
    };
    const pixels = this.codesClips
      ? await this.codeClip(unscaled, 'decode', call)
      : await inBatches(unscaled, decoderInput.dims[0], most, call);
    requireFiniteOutput("The VAE decoder's output", pixels, latents);
    return pixels;
  }

  private codeClip(clip: Tensor, direction: 'encode' | 'decode', call: (part: Tensor) => Promise<Tensor>): Promise<Tensor> {
    const rows = clip.dims[0]!;
    const coding = { scaleFactor: this.scaleFactor, direction, frames: direction === 'encode' ? rows : this.framesOf(rows) };
    const { [direction]: inChunks } = this.chunks;
    return codeClip(clip, { ...coding, ...this.limits(direction) }, (part, chunks) =>
      chunks && inChunks ? inChunks.code(part, chunks) : call(part),
    );
  }

  /** Every latent frame as a picture of its own, `[latent frames, 3, height, width]`: {@link decodePixels} where time is not compressed. For previews. */
  async decodeStills(latents: Tensor): Promise<Tensor> {
    if (!this.codesClips) return this.decodePixels(latents);
    const stills: Tensor[] = [];
    for (let frame = 0; frame < latents.dims[0]!; frame++) stills.push(await this.decodePixels(latents.slice(frame, frame + 1)));
    return concatenate(stills);
  }
}

/** Frames to a latent frame, by how often their number is halved. */
function timeFactor({ temporal_compression_ratio: factor, temperal_downsample: halvesTime = [false, true, true] }: Json): number {
  if (typeof factor === 'number') return factor;
  return 2 ** (halvesTime as readonly boolean[]).filter(Boolean).length;
}

/** A sample (or, without noise, the mean) of the Gaussian whose mean and log variance stand in the two halves of the channels. */
function posterior(parameters: Tensor, noise: NoiseSource | undefined): Tensor {
  const [frames, doubled, height, width] = parameters.dims as [number, number, number, number];
  const dims = [frames, doubled / 2, height, width];
  const half = (doubled / 2) * height * width;
  const draw = noise?.randn(dims);
  return Tensor.zeros(dims).map((_, i) => {
    const at = Math.floor(i / half) * 2 * half + (i % half);
    const mean = parameters.data[at]!;
    if (!draw) return mean;
    const logVariance = Math.min(Math.max(parameters.data[at + half]!, LOG_VARIANCE.min), LOG_VARIANCE.max);
    return mean + Math.exp(logVariance / 2) * draw.data[i]!;
  });
}
