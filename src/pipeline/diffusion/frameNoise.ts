import { type Generator, type Tensor, concatenate, swapFramesAndChannels } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';

/**
 * In which order a kind of model draws its noise: picture models frame by frame; motion models a clip at once, but for what goes onto a source; video models a clip at
 * once always.
 */
export type NoiseOrder = 'frames' | 'motion' | 'clip';

/**
 * Noise for the frames of a clip, in the order that diffusers draws it.
 *
 * Picture models draw `[frames, channels, height, width]`, motion models mostly `[1, channels, frames, height, width]`, video models always;
 * it comes out as `[frames, channels, height, width]`. A frame of a source keeps its noise from window to window,
 * so that two windows that share frames agree on them; but for video models, whose latent frames stand for other frames in every window.
 */
export class FrameNoise implements NoiseSource {
  private kept: { start: number; noise: Tensor } | undefined;
  private shared: Tensor | undefined;

  /** @param generator where it is drawn. @param order of the model's kind. @param sameForAllFrames one noise for all frames. */
  constructor(
    private readonly generator: Generator,
    private readonly order: NoiseOrder,
    private readonly sameForAllFrames: boolean,
  ) {}

  /** The seed that the noise began with. */
  get seed(): number | bigint {
    return this.generator.seed;
  }

  /** Noise of another seed, drawn in the same order. */
  seeded(seed: number | bigint): FrameNoise {
    return new FrameNoise(this.generator.seeded(seed), this.order, this.sameForAllFrames);
  }

  /** Noise in the model's own order: to start from when generating, and for schedulers that add some at every step. */
  randn(dims: readonly number[]): Tensor {
    const [frames, channels, height, width] = dims as [number, number, number, number];
    if (this.sameForAllFrames) return repeat(this.generator.randn([1, channels, height, width]), frames);
    return this.order === 'frames'
      ? this.generator.randn(dims)
      : swapFramesAndChannels(this.generator.randn([1, channels, frames, height, width]));
  }

  /**
   * The noise that goes onto frames `start` … `start + dims[0]` of a source; windows must be asked for in order.
   * Drawn frame by frame for motion models too, as diffusers' video-to-video pipelines do.
   */
  forFrames(start: number, dims: readonly number[]): Tensor {
    const [frames, ...rest] = dims as [number, number, number, number];
    if (this.sameForAllFrames) {
      this.shared ??= this.generator.randn([1, ...rest]);
      return repeat(this.shared, frames);
    }
    if (this.order === 'clip') return this.randn(dims);
    const known = this.kept ? this.kept.noise.slice(Math.max(0, start - this.kept.start)) : undefined;
    const missing = frames - (known?.dims[0] ?? 0);
    const parts = [
      ...(known ? [known.slice(0, Math.min(known.dims[0]!, frames))] : []),
      ...(missing > 0 ? [this.generator.randn([missing, ...rest])] : []),
    ];
    this.kept = { start, noise: concatenate(parts) };
    return this.kept.noise;
  }
}

function repeat(frame: Tensor, frames: number): Tensor {
  return concatenate(Array<Tensor>(frames).fill(frame));
}
