import { type Tensor, weightedSum } from '../../core/index.js';
import { alphasCumprodForSigmas, type AlphasConfig } from '../alphas.js';
import { type NoiseScheduleConfig, requireStepCount } from '../config.js';
import type { TimestepOptions } from '../runOptions.js';
import { noised, Scheduler } from '../scheduler.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { namedSigmas } from '../namedSigmas.js';
import { alternativeSigmas, type SigmaScheduleConfig, sigmasAt, sigmasOf, timestepOfSigma } from '../sigmas.js';
import { singlePrecisionLog } from '../singlePrecisionLog.js';
import { spaceTimesteps } from '../timesteps.js';

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
  private readonly logSigmas: Float32Array = this.trainingSigmas.map(singlePrecisionLog);
  override sigmas: readonly number[] = [...this.trainingSigmas].reverse();
  /** Whether fractional timesteps are held in double precision, as one class of diffusers has them. */
  protected readonly timestepsInDouble: boolean = false;

  /** Spacing `leading` starts below the noisiest timestep, where the clean sample still counts. */
  override get initNoiseSigma(): number {
    const largest = Math.max(...this.sigmas);
    return this.config.timestepSpacing === 'leading' ? Math.sqrt(largest ** 2 + 1) : largest;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => this.sigmas[i]!);
  }

  override get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    const { useKarrasSigmas, useExponentialSigmas, useBetaSigmas } = this.config as C & Partial<SigmaScheduleConfig>;
    return useKarrasSigmas || useExponentialSigmas || useBetaSigmas
      ? super.explicitSchedules.filter((kind) => kind === 'sigmas')
      : super.explicitSchedules;
  }

  /** Brings `x₀ + σ·ε` to about unit variance for the UNet. */
  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    return weightedSum([1 / Math.sqrt(this.sigmas[this.indexFor(timestep)]! ** 2 + 1), sample]);
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, 1, this.sigmas[this.indexForNoise(timestep)]!);
  }

  /**
   * Timesteps and σs of a run, by the schedule that the settings ask for, before the last σ; timesteps may be fractional.
   * Karras, exponential and beta σs begin and end where the timesteps' own do.
   */
  protected interpolated(
    steps: number,
    options: TimestepOptions,
  ): { timesteps: readonly number[]; sigmas: readonly number[]; alternative: boolean } {
    const config = this.config as C & Partial<SigmaScheduleConfig>;
    const { useKarrasSigmas = false, useExponentialSigmas = false, useBetaSigmas = false } = config;
    const numTrainTimesteps = options.numTrainTimesteps ?? config.numTrainTimesteps;
    requireStepCount(steps, numTrainTimesteps);
    this.checkExplicit(steps, options, true);
    const timesteps =
      options.timesteps ??
      spaceTimesteps(config.timestepSpacing, steps, {
        ...config,
        numTrainTimesteps,
        fractional: true,
        interpolated: true,
        double: this.timestepsInDouble,
      });
    const sigmas = sigmasAt(timesteps, this.trainingSigmas);
    const [smallest, largest] = [sigmas.at(-1)!, sigmas[0]!];
    const { sigmaSchedule } = options;
    const alternative = sigmaSchedule
      ? namedSigmas(sigmaSchedule, smallest, largest, steps)
      : alternativeSigmas({ useKarrasSigmas, useExponentialSigmas, useBetaSigmas }, smallest, largest, steps);
    return alternative
      ? { sigmas: alternative, timesteps: alternative.map((sigma) => this.timestepOf(sigma)), alternative: true }
      : { timesteps, sigmas, alternative: false };
  }

  /** The training timestep, fractional, at which σ is reached. */
  protected timestepOf(sigma: number): number {
    return timestepOfSigma(sigma, this.logSigmas);
  }
}

/** `sample + (sample − x₀)/σ · (σ' − σ)`: one Euler step of the ODE from σ to σ'. */
export function eulerStep(sample: Tensor, original: Tensor, sigma: number, nextSigma: number): Tensor {
  const slope = (nextSigma - sigma) / sigma;
  return weightedSum([1 + slope, sample], [-slope, original]);
}
