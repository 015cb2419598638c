import { ArgumentError, type Tensor, weightedSum } from '../core/index.js';
import type { TimestepOptions } from './runOptions.js';
import { noised, Scheduler, type StepInput, type StepOutput } from './scheduler.js';
import { linspace } from './timesteps.js';

/** Settings of {@link IPNDMScheduler}. */
export interface IPNDMConfig {
  /** Number of training timesteps. */
  numTrainTimesteps: number;
  /** Explicit shares of noise, one more than the run has steps; null: those of a cosine. */
  trainedBetas: readonly number[] | null;
}

/** Shares of the predictions so far, newest first, by how many there are (Adams-Bashforth). */
const SHARES = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;

const shares = (value: unknown) =>
  value === null ||
  (Array.isArray(value) && value.length > 1 && value.every((share) => typeof share === 'number' && share >= 0 && share <= 1))
    ? undefined
    : 'a list of two or more numbers from 0 to 1, or null';

/** What it remembers. */
export type IPNDMMemory = {
  /** Predicted noise of earlier steps, newest first. */
  predictions: readonly Tensor[];
};

/**
 * Improved pseudo numerical methods: fourth-order linear multistep on a cosine path of its own, timesteps 1…0.
 *
 * Crowson's `v-diffusion-pytorch`, after Liu et al. 2022; agrees with diffusers' class.
 */
export class IPNDMScheduler extends Scheduler<IPNDMConfig, IPNDMMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'IPNDMScheduler';
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { trainedBetas: shares };
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: IPNDMConfig = { numTrainTimesteps: 1000, trainedBetas: null };
  /** Share of noise at each timestep and at the end. */
  private betas: readonly number[] = [];
  /** Share of the clean sample. */
  private alphas: readonly number[] = [];

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => this.betas[i]! / Math.max(this.alphas[i]!, 1e-8));
  }

  override get mostStateTensors(): number {
    return 3;
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const index = this.indexForNoise(timestep);
    return noised(original, noise, this.alphas[index]!, this.betas[index]!);
  }

  protected override freshMemory(): IPNDMMemory {
    return { predictions: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.checkExplicit(numInferenceSteps, options);
    const { numTrainTimesteps, trainedBetas } = this.config;
    if (!Number.isInteger(numInferenceSteps) || numInferenceSteps < 1 || numInferenceSteps > numTrainTimesteps)
      throw new ArgumentError('numInferenceSteps', numInferenceSteps, `a whole number from 1 to ${numTrainTimesteps}`);
    if (trainedBetas && trainedBetas.length !== numInferenceSteps + 1)
      throw new ArgumentError('numInferenceSteps', numInferenceSteps, `${trainedBetas.length - 1} with these trainedBetas`);
    const steps = linspace(1, 0, numInferenceSteps + 1).map(Math.fround);
    this.betas = (trainedBetas ?? steps.map((step) => Math.fround(Math.sin(Math.fround(Math.fround(step * Math.PI) / 2))) ** 2)).map(
      Math.fround,
    );
    this.alphas = this.betas.map((beta) => Math.fround(Math.sqrt(Math.fround(1 - Math.fround(beta ** 2)))));
    this.timesteps = this.betas
      .slice(0, numInferenceSteps)
      .map((beta, i) => Math.fround((Math.atan2(beta, this.alphas[i]!) / Math.PI) * 2));
  }

  protected override makeStep({ modelOutput, index, sample }: StepInput): StepOutput {
    const [alpha, beta, nextAlpha, nextBeta] = [this.alphas[index]!, this.betas[index]!, this.alphas[index + 1]!, this.betas[index + 1]!];
    const predictions = [weightedSum([beta, sample], [alpha, modelOutput]), ...this.memory.predictions].slice(0, SHARES.length);
    this.memory = { predictions: predictions.slice(0, SHARES.length - 1) };
    const shares = SHARES[predictions.length - 1]!;
    const noise = weightedSum(...predictions.map((prediction, i): [number, Tensor] => [shares[i]!, prediction]));
    const signal = Math.max(alpha, 1e-8);
    const predOriginalSample = weightedSum([1 / signal, sample], [-beta / signal, noise]);
    return { prevSample: weightedSum([nextAlpha, predOriginalSample], [nextBeta, noise]), predOriginalSample };
  }
}
