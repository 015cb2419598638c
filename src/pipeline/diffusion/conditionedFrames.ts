import { type Generator, Tensor } from '../core/index.js';

/** Timesteps of training: σ of a flow is a timestep's share of them. */
const TRAIN_TIMESTEPS = 1000;

/** How near a σ must come to a frame's own to count as that. */
const SAME_SIGMA = 1e-6;

/** A strength from which on a frame is given for good. */
const WHOLE = 1 - 1e-6;

const { fround } = Math;

/** What {@link ConditionedFrames} are made of. */
export interface ConditionedStart {
  /** What the run begins with, `[leading + latent frames, channels, height, width]`. */
  readonly latents: Tensor;
  /** Frames of the clip at which the leading latent frames stand, in their order; none where all conditions are among the clip's own latents. */
  readonly leadingAt: readonly number[];
  /** How strongly each latent frame is given, leading ones included: 0 not at all, 1 for good. */
  readonly strengths: readonly number[];
  /** Share of fresh noise that frames given for good get before every step, falling with σ²; 0 for none. */
  readonly noiseScale: number;
  /** Where that noise is drawn. */
  readonly generator: Generator;
}

/**
 * Latent frames of which some are given: LTX-Video's conditions, as diffusers' `LTXImageToVideoPipeline` and `LTXConditionPipeline` treat them. A frame given with strength
 * s stands at σ = 1 − s from the beginning: the network is told so, frame by frame, and it is denoised only once the others have come as far.
 */
export class ConditionedFrames {
  /** @param given what is given, and where. */
  constructor(private readonly given: ConditionedStart) {}

  /** What the run begins with. */
  get latents(): Tensor {
    return this.given.latents;
  }

  /** Frames of the clip at which the latent frames before the clip's own stand. */
  get leadingAt(): readonly number[] {
    return this.given.leadingAt;
  }

  /** The latents as the network sees them: those of frames given for good with a little fresh noise, which helps them move. @param latents before a step. */
  before(latents: Tensor, timestep: number): Tensor {
    const { noiseScale, generator, strengths, latents: begun } = this.given;
    if (noiseScale === 0) return latents;
    const noise = tokenNoise(latents.dims, generator);
    const share = fround(timestep / TRAIN_TIMESTEPS) ** 2;
    const frameSize = latents.size / latents.dims[0]!;
    return latents.map((value, i) =>
      strengths[Math.floor(i / frameSize)]! > WHOLE ? begun.data[i]! + fround(noiseScale * noise.data[i]!) * share : value,
    );
  }

  /** What a step made of the latents, but of frames that have to wait: those stay. @param before as {@link before} gave them. @param after `before` when denoised. */
  after(before: Tensor, after: Tensor, timestep: number): Tensor {
    const sigma = timestep / TRAIN_TIMESTEPS - SAME_SIGMA;
    const frameSize = before.size / before.dims[0]!;
    return after.map((value, i) => (sigma < 1 - this.given.strengths[Math.floor(i / frameSize)]! ? value : before.data[i]!));
  }

  /** The timestep of each latent frame at a timestep of the run, `[frames]`. */
  timesteps(timestep: number): Tensor {
    const own = this.given.strengths.map((strength) => Math.min(timestep, fround(1 - fround(strength)) * TRAIN_TIMESTEPS));
    return new Tensor(Float32Array.from(own), [own.length]);
  }
}

/** Noise in the order of LTX-Video's tokens, `[frames · height · width, channels]`, as `[frames, channels, height, width]`. */
function tokenNoise(dims: readonly number[], generator: Generator): Tensor {
  const [frames, channels, height, width] = dims as [number, number, number, number];
  const area = height * width;
  const { data } = generator.randn([1, frames * area, channels]);
  return Tensor.zeros(dims).map((_, i) => {
    const [frame, channel, place] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels, i % area];
    return data[(frame * area + place) * channels + channel]!;
  });
}
