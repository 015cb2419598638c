import { concatenate, type Generator, SeedSequence, swapFramesAndChannels, type Tensor } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';

/**
 * In which order a kind of model draws its noise: picture models frame by frame; motion models a clip at once, but for what goes onto a source; video models a clip at
 * once always.
 */
export type NoiseOrder = 'frames' | 'motion' | 'clip';

/** Which of the independent sequences of a seed is meant: one for each window but the first, and one for each frame that is not in the first. */
const SEQUENCE = { window: 0n, frame: 1n };

/** Words of NumPy's pool, its default. */
const POOL_SIZE = 4;

/**
 * Noise for the frames of a clip, in the order that diffusers draws it.
 *
 * Picture models draw `[frames, channels, height, width]`, motion models mostly `[1, channels, frames, height, width]`, video models always;
 * it comes out as `[frames, channels, height, width]`. A frame of a source keeps its noise from window to window,
 * so that two windows that share frames agree on them; but for video models, whose latent frames stand for other frames in every window.
 *
 * A clip's first window draws from the seed itself, as diffusers draws for a clip that is no longer. Every later window has a generator of its own, and so has every
 * later frame, whose seeds are NumPy's `SeedSequence(seed, spawn_key)`: what is drawn there does not depend on what was drawn before, so that windows can be
 * worked on apart.
 */
export class FrameNoise implements NoiseSource {
  private first: Tensor | undefined;
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

  /**
   * To be called before anything is drawn for a window.
   *
   * @param start index of its first frame in the clip.
   */
  beginWindow(start: number): void {
    if (start > 0) this.generator.state = this.sequence(SEQUENCE.window, start).state;
  }

  /**
   * Whether windows from frame `start` on need noise that is drawn in the clip's first window.
   *
   * @param first frames of the clip's first window, with those it was padded by.
   */
  needsFirstWindow(start: number, first: number): boolean {
    return this.sameForAllFrames || (this.order !== 'clip' && start < first);
  }

  /** The whole numbers below `count` in random order. */
  permutation(count: number): number[] {
    return this.generator.randperm(count);
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
   * The noise that goes onto frames `start` … `start + dims[0]` of a source; the clip's first window must be asked for before those that share frames with it.
   * Drawn frame by frame for motion models too, as diffusers' video-to-video pipelines do.
   */
  forFrames(start: number, dims: readonly number[]): Tensor {
    const [frames, ...rest] = dims as [number, number, number, number];
    if (this.sameForAllFrames) {
      this.shared ??= this.generator.randn([1, ...rest]);
      return repeat(this.shared, frames);
    }
    if (this.order === 'clip') return this.randn(dims);
    if (start === 0) this.first ??= this.generator.randn(dims);
    const drawn = Math.min(Math.max((this.first?.dims[0] ?? 0) - start, 0), frames);
    const parts = drawn > 0 ? [this.first!.slice(start, start + drawn)] : [];
    for (let frame = start + drawn; frame < start + frames; frame++) parts.push(this.sequence(SEQUENCE.frame, frame).randn([1, ...rest]));
    return concatenate(parts);
  }

  private sequence(which: bigint, index: number): Generator {
    return this.generator.seeded(new SeedSequence(BigInt(this.generator.seed), POOL_SIZE).firstWord([which, BigInt(index)]));
  }
}

function repeat(frame: Tensor, frames: number): Tensor {
  return concatenate(Array<Tensor>(frames).fill(frame));
}
