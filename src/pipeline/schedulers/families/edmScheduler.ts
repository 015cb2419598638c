import { oneOf, type OptionCheck, type Tensor, weightedSum } from '../../core/index.js';
import { linspaceInSinglePrecision } from '../alphas.js';
import { requireStepCount, settingError } from '../config.js';
import type { TimestepOptions } from '../runOptions.js';
import { noised, Scheduler } from '../scheduler.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { LONGEST_SCHEDULE, positive } from '../settingChecks.js';

/** Settings that every EDM scheduler has. */
export interface EDMConfig {
  /** Smallest σ. */
  sigmaMin: number;
  /** Largest σ. */
  sigmaMax: number;
  /** Standard deviation of the data that the network's input and output are scaled by. */
  sigmaData: number;
  /** How σ falls: as Karras et al. have it, or by one factor a step. */
  sigmaSchedule: 'karras' | 'exponential';
  /** Length of the whole schedule; σ is continuous, so that runs may have any. */
  numTrainTimesteps: number;
  /** Sign of what the network says: `epsilon` as Karras et al., `v_prediction` turned round. */
  predictionType: 'epsilon' | 'v_prediction';
  /** Bend of the Karras schedule. */
  rho: number;
  /** σ after the last step: none, or the last of the schedule. */
  finalSigmasType: 'zero' | 'sigma_min';
}

/** Defaults of {@link EDMConfig}, those of diffusers. */
export const edmDefaults: EDMConfig = {
  sigmaMin: 0.002,
  sigmaMax: 80,
  sigmaData: 0.5,
  sigmaSchedule: 'karras',
  numTrainTimesteps: 1000,
  predictionType: 'epsilon',
  rho: 7,
  finalSigmasType: 'zero',
};

/**
 * Schedulers of EDM: `sample = x₀ + σ·noise` with σ continuous between two ends, the network's input and output scaled by
 * σ and the data's own deviation, and the network told c_noise(σ) in the place of a timestep.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", table 1 (Playground 2.5, CosXL, Stable Audio).
 */
export abstract class EDMScheduler<C extends EDMConfig, M extends SchedulerMemory = SchedulerMemory> extends Scheduler<C, M> {
  /** What the network must have been trained on. */
  static readonly noisePath = 'edm';
  /** @internal Checks of settings that the family takes otherwise than the others. */
  static readonly settingChecks: Readonly<Record<string, OptionCheck>> = {
    predictionType: oneOf('epsilon', 'v_prediction'),
    sigmaMin: positive,
    sigmaMax: positive,
  };
  override sigmas: readonly number[] = [];

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a range of σ that is turned round. */
  static requireFitting({ sigmaMin, sigmaMax }: EDMConfig): void {
    if (sigmaMin >= sigmaMax)
      throw settingError(
        (this as unknown as { className: string }).className,
        'sigmaMin',
        sigmaMin,
        `less than sigmaMax, which is ${sigmaMax}`,
      );
  }

  override get initNoiseSigma(): number {
    return Math.sqrt(this.config.sigmaMax ** 2 + 1);
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => this.sigmas[i]!);
  }

  /** Brings `x₀ + σ·noise` to unit variance for the network (c_in). */
  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    return weightedSum([1 / Math.hypot(this.sigmas[this.indexFor(timestep)]!, this.config.sigmaData), sample]);
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, 1, this.sigmas[this.indexForNoise(timestep)]!);
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    requireStepCount(numInferenceSteps, LONGEST_SCHEDULE);
    const sigmas = this.schedule(numInferenceSteps, options).map(Math.fround);
    this.sigmas = [...sigmas, this.config.finalSigmasType === 'zero' ? 0 : Math.fround(this.lastSigma(sigmas))];
    this.timesteps = sigmas.map((sigma) => Math.fround(this.noiseTimestep(sigma)));
  }

  /** σs before the last; as in diffusers, the exponential schedule of one step is its end. */
  protected schedule(steps: number, options: TimestepOptions): readonly number[] {
    const { sigmaMin, sigmaMax, sigmaSchedule, rho } = this.config;
    this.checkExplicit(steps, options);
    // Rounded where PyTorch rounds: a Brownian motion over σ tells the last digit of σ apart.
    if (sigmaSchedule === 'exponential')
      return [...linspaceInSinglePrecision(Math.log(sigmaMin), Math.log(sigmaMax), steps).map(Math.exp)].reverse();
    const [largest, smallest] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
    const bend = Math.fround(smallest - largest);
    return Array.from(
      linspaceInSinglePrecision(0, 1, steps),
      (ramp) => Math.fround(Math.fround(largest) + Math.fround(ramp * bend)) ** rho,
    );
  }

  /** σ after the last step, where it is not 0. */
  protected lastSigma(_sigmas: readonly number[]): number {
    return this.config.sigmaMin;
  }

  /** What the network is told at σ (c_noise). */
  protected noiseTimestep(sigma: number): number {
    return 0.25 * Math.log(sigma);
  }

  /** The clean sample that the network's output means at σ (c_skip and c_out). */
  protected originalSample(modelOutput: Tensor, sample: Tensor, sigma: number): Tensor {
    const { sigmaData, predictionType } = this.config;
    const variance = sigma ** 2 + sigmaData ** 2;
    const out = (sigma * sigmaData) / Math.sqrt(variance);
    return weightedSum([sigmaData ** 2 / variance, sample], [predictionType === 'epsilon' ? out : -out, modelOutput]);
  }
}
