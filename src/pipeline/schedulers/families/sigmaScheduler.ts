import { type Tensor, weightedSum } from '../../tensor.js';
import { alphasCumprodForSigmas, type AlphasConfig } from '../alphas.js';
import type { NoiseScheduleConfig } from '../config.js';
import { noised, Scheduler } from '../scheduler.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { sigmasOf } from '../sigmas.js';

/** Settings that every scheduler of Euler's family has. */
export type SigmaConfig = Omit<NoiseScheduleConfig, 'predictionType'> & Pick<AlphasConfig, 'rescaleBetasZeroSnr'>;

/**
 * Schedulers that work in σ on samples whose clean part does not fade, `sample = x₀ + σ·ε` (Euler, Heun, LMS and kin).
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", in the variance-exploding picture.
 */
export abstract class SigmaScheduler<C extends SigmaConfig, M extends SchedulerMemory = SchedulerMemory> extends Scheduler<C, M> {
  /** σ of every training timestep, rising. */
  protected readonly trainingSigmas: Float32Array = sigmasOf(alphasCumprodForSigmas(this.config));
  override sigmas: readonly number[] = [...this.trainingSigmas].reverse();

  /** Spacing `leading` starts below the noisiest timestep, where the clean sample still counts. */
  override get initNoiseSigma(): number {
    const largest = Math.max(...this.sigmas);
    return this.config.timestepSpacing === 'leading' ? Math.sqrt(largest ** 2 + 1) : largest;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => this.sigmas[i]!);
  }

  /** Brings `x₀ + σ·ε` to about unit variance for the UNet. */
  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    return weightedSum([1 / Math.sqrt(this.sigmas[this.indexFor(timestep)]! ** 2 + 1), sample]);
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, 1, this.sigmas[this.indexForNoise(timestep)]!);
  }
}

/** `sample + (sample − x₀)/σ · (σ' − σ)`: one Euler step of the ODE from σ to σ'. */
export function eulerStep(sample: Tensor, original: Tensor, sigma: number, nextSigma: number): Tensor {
  const slope = (nextSigma - sigma) / sigma;
  return weightedSum([1 + slope, sample], [-slope, original]);
}
