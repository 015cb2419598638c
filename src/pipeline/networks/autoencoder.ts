import path from 'node:path';
import { concatenate, type Frame, type Tensor } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';
import { inBatches, type RowsWatch } from './batches.js';
import { requireGraph } from './checkModel.js';
import { ClipChunks } from './clipChunks.js';
import { type ClipPass, clipPass, codeClip, type PassLimits, passLimits, TemporalCompression } from './clipCoding.js';
import { decoderInputs, type DecodingNoise, mixedWithNoise, takesTimestep } from './decoderInputs.js';
import { modelErrors, requireFiniteOutput } from './errors.js';
import type { Graph } from './graph.js';
import type { TensorDeclaration } from './tensorDeclaration.js';
import type { GraphOptions } from './graphOptions.js';
import { LatentScaling } from './latentScaling.js';
import type { ModelContents } from './modelContents.js';
import type { Json } from './modelFiles.js';
import { openGraph } from './openGraph.js';
import { posterior } from './posterior.js';
import type { SessionGroup } from './residentSessions.js';
import { framesToTensor, tensorToFrames } from './pixels.js';

const encoderWanted =
  'A VAE encoder takes sample [batch, 3, height, width] in −1…1 and gives latent_parameters [batch, 2 × channels, h, w] (or latent_sample).';
const decoderWanted = 'A VAE decoder takes latent_sample [batch, channels, h, w] and gives sample [batch, 3, height, width].';

/** Pixels of this many frames' worth of 512 × 512 go through the VAE at once. */
const PIXELS_PER_CALL = 512 * 512;

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
  /** How much goes through at once, by what kind of autoencoder of clips it is. */
  private readonly passLimits: PassLimits;
  /** Pixels per latent pixel, along each side: 8 for SD. */
  readonly scaleFactor: number;
  /** @internal Encoder and decoder for clips chunk by chunk, where they can be had so. */
  readonly chunks: { readonly encode?: ClipChunks | undefined; readonly decode?: ClipChunks | undefined };

  private constructor(
    /** The encoder's graph; undefined for models that only generate. */
    readonly encoder: Graph | undefined,
    /** The decoder's graph. */
    readonly decoder: Graph,
    config: Json,
    chunks: Autoencoder['chunks'],
  ) {
    this.chunks = chunks;
    this.encoderInput = encoder?.requireInput(['sample'], [4, 5], encoderWanted);
    this.encoderOutput = encoder?.requireOutput(['latent_parameters', 'latent_sample'], [4, 5], encoderWanted);
    this.decoderInput = decoder.requireInput(['latent_sample'], [4, 5], decoderWanted);
    this.decoderOutput = decoder.requireOutput(['sample'], [4, 5], decoderWanted);
    this.scaling = new LatentScaling(config, this.codesClips ? this.latentChannels : undefined);
    this.temporalScaleFactor = this.codesClips ? timeFactor(config) : 1;
    this.time = new TemporalCompression(this.temporalScaleFactor);
    this.passLimits = passLimits(config);
    const blocks = config.block_out_channels ?? config.decoder_block_out_channels ?? config.dim_mult;
    this.scaleFactor = Number(config.vae_scale_factor ?? (Array.isArray(blocks) ? 2 ** (blocks.length - 1) : 8));
  }

  /** @internal Loads the decoder of a model, and its encoder where it has one. @param groups what each is kept in memory together with. */
  static async load(
    contents: Pick<ModelContents, 'graph' | 'config' | 'missing'>,
    options?: GraphOptions,
    groups: Readonly<Record<'encode' | 'decode', SessionGroup>> = { encode: 'encode', decode: 'decode' },
  ): Promise<Autoencoder> {
    const [encoder, decoder] = [await contents.graph('vae_encoder'), await requireGraph(contents, 'vae_decoder')];
    const [encoding, decoding] = [
      { ...options, group: groups.encode },
      { ...options, group: groups.decode },
    ];
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
   * @param watch told after each call of the graph.
   * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` when the encoder gives NaN, as half-precision VAEs do.
   */
  async encode(frames: readonly Frame[], noise?: NoiseSource, watch?: RowsWatch): Promise<Tensor> {
    if (this.codesClips) return this.encodePixels(framesToTensor(frames), noise, watch);
    // As numbers a picture takes four times its memory: only those of one call are made at a time.
    const { width, height } = frames[0]!;
    const most = this.picturesPerCall(width, height, this.requireEncoder().input);
    const encoded: Tensor[] = [];
    for (let start = 0; start < frames.length; start += most) {
      const part = framesToTensor(frames.slice(start, start + most));
      encoded.push(await this.encoded(part, watch && ((done) => watch(start + done, frames.length))));
    }
    return this.latentsOf(concatenate(encoded), noise);
  }

  /** As {@link encode}, of pixels `[frames, 3, height, width]` in −1…1. */
  async encodePixels(pixels: Tensor, noise?: NoiseSource, watch?: RowsWatch): Promise<Tensor> {
    return this.latentsOf(await this.encoded(pixels, watch), noise);
  }

  /** What the encoder's graph makes of pixels. */
  private async encoded(pixels: Tensor, watch: RowsWatch | undefined): Promise<Tensor> {
    const [, , height, width] = pixels.dims as [number, number, number, number];
    const { encoder, input, output } = this.requireEncoder();
    const call = async (part: Tensor) => (await encoder.run({ [input.name]: part }, [output.name]))[output.name]!;
    const encoded = this.codesClips
      ? await this.codeClip(this.time.filled(pixels), 'encode', call, watch)
      : await inBatches(pixels, input.dims[0], this.picturesPerCall(width, height, input), call, watch);
    requireFiniteOutput("The VAE encoder's output", encoded);
    return encoded;
  }

  private latentsOf(encoded: Tensor, noise: NoiseSource | undefined): Tensor {
    const { output } = this.requireEncoder();
    // Mean and log variance stand side by side in the channels, whatever the output is called.
    const isSample = output.name === 'latent_sample' || encoded.dims[1] === this.latentChannels;
    const latents = isSample ? encoded : posterior(encoded, noise);
    return this.scaling.scaled(latents);
  }

  /** Pictures of this size that go through a graph in one call. */
  private picturesPerCall(width: number, height: number, { dims }: TensorDeclaration): number {
    const [rows] = dims;
    return typeof rows === 'number' && rows > 0 ? rows : Math.max(1, Math.floor(PIXELS_PER_CALL / (width * height)));
  }

  /** How a clip of this size goes through, where clips do. */
  passOf(clip: { readonly frames: number; readonly width: number; readonly height: number }, direction: 'encode' | 'decode'): ClipPass {
    return clipPass(clip, this.limits(direction));
  }

  private limits(direction: 'encode' | 'decode'): PassLimits {
    return { ...this.passLimits, chunkFactor: this.chunks[direction] && this.temporalScaleFactor };
  }

  /** Whether its decoder is told how noisy the latents are: {@link decode} takes noise then. */
  get decodesNoise(): boolean {
    return takesTimestep(this.decoder);
  }

  /**
   * Latents `[frames, channels, h, w]` to frames; where it compresses time, to as many as {@link framesOf} says.
   *
   * @param noise what is mixed into the latents first, where {@link decodesNoise}; without it they are taken for clean.
   * @param watch told after each call of the graph.
   * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` when the decoder gives NaN, as half-precision VAEs do.
   */
  async decode(latents: Tensor, noise?: DecodingNoise, watch?: RowsWatch): Promise<Frame[]> {
    return tensorToFrames(await this.decodePixels(latents, noise, watch));
  }

  /** As {@link decode}, frame after frame as they are made, so that those of a long clip need not be held; where clips are decoded, all after the last. */
  async *decodeFrames(latents: Tensor, noise?: DecodingNoise, watch?: RowsWatch): AsyncGenerator<Frame> {
    if (this.codesClips) return yield* await this.decode(latents, noise, watch);
    const [count, , h, w] = latents.dims as [number, number, number, number];
    const most = this.picturesPerCall(w * this.scaleFactor, h * this.scaleFactor, this.decoderInput);
    for (let start = 0; start < count; start += most)
      yield* await this.decode(latents.slice(start, Math.min(start + most, count)), noise, watch && ((done) => watch(start + done, count)));
  }

  /** As {@link decode}, to `[frames, 3, height, width]`, about −1…1 and not clamped. */
  async decodePixels(latents: Tensor, noise?: DecodingNoise, watch?: RowsWatch): Promise<Tensor> {
    const [, , h, w] = latents.dims as [number, number, number, number];
    const { decoderInput, decoderOutput } = this;
    const clean = this.scaling.unscaled(latents);
    const unscaled = noise && this.decodesNoise ? mixedWithNoise(clean, noise) : clean;
    const timestep = noise?.timestep ?? 0;
    const most = this.picturesPerCall(w * this.scaleFactor, h * this.scaleFactor, decoderInput);
    const call = async (part: Tensor) => {
      const feeds = { ...decoderInputs(this.decoder, part, timestep), [decoderInput.name]: part };
      return (await this.decoder.run(feeds, [decoderOutput.name]))[decoderOutput.name]!;
    };
    const pixels = this.codesClips
      ? await this.codeClip(unscaled, 'decode', call, watch)
      : await inBatches(unscaled, decoderInput.dims[0], most, call, watch);
    requireFiniteOutput("The VAE decoder's output", pixels, latents);
    return pixels;
  }

  private codeClip(
    clip: Tensor,
    direction: 'encode' | 'decode',
    call: (part: Tensor) => Promise<Tensor>,
    watch: RowsWatch | undefined,
  ): Promise<Tensor> {
    const [rows, , height, width] = clip.dims as [number, number, number, number];
    const coding = { scaleFactor: this.scaleFactor, direction, frames: direction === 'encode' ? rows : this.framesOf(rows) };
    const unit = direction === 'encode' ? 1 : this.scaleFactor;
    const { passes } = this.passOf({ frames: coding.frames, width: width * unit, height: height * unit }, direction);
    let done = 0;
    const passed = () => watch?.(Math.min(++done, passes), passes);
    const { [direction]: inChunks } = this.chunks;
    return codeClip(clip, { ...coding, ...this.limits(direction) }, async (part, chunks) => {
      if (chunks && inChunks) return inChunks.code(part, chunks, passed);
      const coded = await call(part);
      await passed();
      return coded;
    });
  }

  /** Every latent frame as a picture of its own, `[latent frames, 3, height, width]`: {@link decodePixels} where time is not compressed. For previews. @param watch told after each call of the graph. */
  async decodeStills(latents: Tensor, watch?: RowsWatch): Promise<Tensor> {
    if (!this.codesClips) return this.decodePixels(latents, undefined, watch);
    const stills: Tensor[] = [];
    for (let frame = 0; frame < latents.dims[0]!; frame++)
      stills.push(await this.decodePixels(latents.slice(frame, frame + 1), undefined, watch));
    return concatenate(stills);
  }
}

/** Frames to a latent frame, by how often their number is halved. */
function timeFactor({ temporal_compression_ratio: factor, temperal_downsample: halvesTime = [false, true, true] }: Json): number {
  if (typeof factor === 'number') return factor;
  return 2 ** (halvesTime as readonly boolean[]).filter(Boolean).length;
}
