import { type Tensor, weightedSum, wholeNumber } from '../core/index.js';
import { clampTo } from './clipping.js';
import { requireStepCount, settingError } from './config.js';
import type { TimestepOptions } from './runOptions.js';
import { noised, Scheduler, type StepInput, type StepOutput } from './scheduler.js';
import { LONGEST_SCHEDULE, positive } from './settingChecks.js';

/** Settings of {@link CMStochasticIterativeScheduler}. */
export interface CMStochasticIterativeConfig {
  /** Entries of the schedule that the model was trained on; a run picks from them. */
  numTrainTimesteps: number;
  /** Smallest σ. */
  sigmaMin: number;
  /** Largest σ. */
  sigmaMax: number;
  /** Standard deviation of the data that the network's input and output are scaled by. */
  sigmaData: number;
  /** Scale of the noise that is added back at every step. */
  sNoise: number;
  /** Bend of the Karras schedule. */
  rho: number;
  /** Clamp the predicted clean sample to ±1; for pixels. */
  clipDenoised: boolean;
}

/**
 * Multistep sampling of consistency models: each step predicts the clean sample and noises it again to the next σ.
 *
 * Song et al. 2023, "Consistency Models", algorithm 1; agrees with diffusers' class. The network is told 250·ln σ.
 */
export class CMStochasticIterativeScheduler extends Scheduler<CMStochasticIterativeConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'CMStochasticIterativeScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: CMStochasticIterativeConfig = {
    numTrainTimesteps: 40,
    sigmaMin: 0.002,
    sigmaMax: 80,
    sigmaData: 0.5,
    sNoise: 1,
    rho: 7,
    clipDenoised: true,
  };
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { numTrainTimesteps: wholeNumber(2, LONGEST_SCHEDULE), sigmaMin: positive, sigmaMax: positive };
  /** What the network must have been trained on. */
  static readonly noisePath = 'consistency';
  override sigmas: readonly number[] = [];

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a range of σ that is turned round. */
  static requireFitting({ sigmaMin, sigmaMax }: CMStochasticIterativeConfig): void {
    if (sigmaMin >= sigmaMax) throw settingError(this.className, 'sigmaMin', sigmaMin, `less than sigmaMax, which is ${sigmaMax}`);
  }

  override get initNoiseSigma(): number {
    return this.config.sigmaMax;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => this.sigmas[i]!);
  }

  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    return weightedSum([1 / Math.hypot(this.sigmas[this.indexFor(timestep)]!, this.config.sigmaData), sample]);
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, 1, this.sigmas[this.indexForNoise(timestep)]!);
  }

  /** Explicit timesteps are entries of the schedule of training, falling. */
  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { numTrainTimesteps, sigmaMin, sigmaMax, rho } = this.config;
    requireStepCount(numInferenceSteps, numTrainTimesteps);
    this.checkExplicit(numInferenceSteps, options);
    const stride = Math.floor(numTrainTimesteps / numInferenceSteps);
    const rising = options.timesteps?.toReversed() ?? Array.from({ length: numInferenceSteps }, (_, i) => i * stride);
    const [largest, smallest] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
    const sigmas = rising.map((entry) => (largest + (entry / (numTrainTimesteps - 1)) * (smallest - largest)) ** rho);
    this.sigmas = [...sigmas, sigmaMin].map(Math.fround);
    this.timesteps = sigmas.map((sigma) => 250 * Math.log(sigma));
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { sigmaMin, sigmaMax, sigmaData, sNoise, clipDenoised } = this.config;
    const sigma = this.sigmas[index]!;
    // At sigmaMin the network must be the identity, which these two see to (the paper's appendix C).
    const skip = sigmaData ** 2 / ((sigma - sigmaMin) ** 2 + sigmaData ** 2);
    const out = ((sigma - sigmaMin) * sigmaData) / Math.hypot(sigma, sigmaData);
    const predicted = weightedSum([out, modelOutput], [skip, sample]);
    const original = clipDenoised ? clampTo(predicted, 1) : predicted;
    if (this.timesteps.length === 1) return { prevSample: original, predOriginalSample: original };
    const next = Math.min(Math.max(this.sigmas[index + 1]!, sigmaMin), sigmaMax);
    const added = sNoise * Math.sqrt(next ** 2 - sigmaMin ** 2);
    return { prevSample: weightedSum([1, original], [added, this.noise(sample, options)]), predOriginalSample: original };
  }
}
