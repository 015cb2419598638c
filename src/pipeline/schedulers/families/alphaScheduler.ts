import type { Tensor } from '../../core/index.js';
import { alphasCumprod, type AlphasConfig } from '../alphas.js';
import { type NoiseScheduleConfig, requireStepCount } from '../config.js';
import { noised, Scheduler } from '../scheduler.js';
import type { TimestepOptions } from '../runOptions.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { spaceTimesteps } from '../timesteps.js';

/** Settings that every scheduler of DDPM's family has, or leaves out at their defaults. */
export type AlphaConfig = Omit<NoiseScheduleConfig, 'predictionType'> &
  Pick<AlphasConfig, 'rescaleBetasZeroSnr'> & {
    /** Take ᾱ = 1 after the last step; otherwise ᾱ of training timestep 0. */
    setAlphaToOne?: boolean;
  };

/** The least ᾱ that is told apart from none: pure noise has no finite σ. */
const LEAST_ALPHA = 2 ** -24;

/**
 * Schedulers that work in ᾱ at whole training timesteps, `sample = √ᾱ·x₀ + √(1−ᾱ)·ε` (DDPM, DDIM, PNDM, LCM, TCD).
 *
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equation 4.
 */
export abstract class AlphaScheduler<C extends AlphaConfig, M extends SchedulerMemory = SchedulerMemory> extends Scheduler<C, M> {
  /** ᾱ of every training timestep. */
  protected readonly alphas: Float32Array = alphasCumprod(this.config);

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((timestep) => {
      const alpha = Math.max(this.alphas[Math.round(timestep)]!, LEAST_ALPHA);
      return Math.sqrt((1 - alpha) / alpha);
    });
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const alpha = this.alphaAt(timestep);
    return noised(original, noise, Math.sqrt(alpha), Math.sqrt(1 - alpha));
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.timesteps = this.spaced(numInferenceSteps, options);
  }

  /** The timesteps that `timestepSpacing` picks, or the explicit ones. */
  protected spaced(numInferenceSteps: number, options: TimestepOptions): readonly number[] {
    this.checkExplicit(numInferenceSteps, options);
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    return options.timesteps ?? spaceTimesteps(this.config.timestepSpacing, numInferenceSteps, this.config);
  }

  /** ᾱ at a timestep; after the last one, which is below 0, that of no noise or of the least. */
  protected alphaAt(timestep: number): number {
    if (timestep >= 0) return this.alphas[timestep]!;
    return this.config.setAlphaToOne ? 1 : this.alphas[0]!;
  }
}
