import { oneOf, weightedSum } from '../core/index.js';
import { type NoiseScheduleConfig, type PredictionType, requireStepCount, settingError } from './config.js';
import { eulerStep, SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { alternativeSigmas, requireOneSigmaSchedule, type SigmaScheduleConfig, sigmasAt, timestepOfSigma } from './sigmas.js';
import { singlePrecisionLog } from './singlePrecisionLog.js';
import { linspace, spaceTimesteps } from './timesteps.js';

/** Settings of {@link EulerDiscreteScheduler}. */
export interface EulerDiscreteConfig extends Omit<NoiseScheduleConfig, 'predictionType'>, SigmaScheduleConfig {
  /** What the model predicts; `original_sample` is another word for `sample`. */
  predictionType: PredictionType | 'original_sample';
  /** How σ is found between training timesteps: linear in σ, or in log σ over the whole range. */
  interpolationType: 'linear' | 'log_linear';
  /** Smallest σ of the Karras, exponential or beta schedule; null: that of the last timestep. */
  sigmaMin: number | null;
  /** Largest σ of the Karras, exponential or beta schedule; null: that of the first timestep. */
  sigmaMax: number | null;
  /** What the UNet is told: a training timestep, or ¼·ln σ (with v prediction only). */
  timestepType: 'discrete' | 'continuous';
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
  /** σ after the last step: none, or that of training timestep 0. */
  finalSigmasType: 'zero' | 'sigma_min';
}

const defaults: EulerDiscreteConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  predictionType: 'epsilon',
  interpolationType: 'linear',
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  sigmaMin: null,
  sigmaMax: null,
  timestepSpacing: 'linspace',
  timestepType: 'discrete',
  stepsOffset: 0,
  rescaleBetasZeroSnr: false,
  finalSigmasType: 'zero',
};

/**
 * Euler's method on the probability-flow ODE, with optional stochasticity.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2
 * without its correction step; agrees with diffusers' class.
 */
export class EulerDiscreteScheduler extends SigmaScheduler<EulerDiscreteConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'EulerDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'sigmas', 'sChurn', 'sTmin', 'sTmax', 'sNoise'] as const;

  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('epsilon', 'sample', 'original_sample', 'v_prediction') };

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: EulerDiscreteConfig): void {
    requireOneSigmaSchedule('EulerDiscreteScheduler', config);
  }

  override get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    const { useKarrasSigmas, useExponentialSigmas, useBetaSigmas } = this.config;
    return useKarrasSigmas || useExponentialSigmas || useBetaSigmas || this.tellsLogSigma ? ['sigmas'] : ['timesteps', 'sigmas'];
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { config, trainingSigmas } = this;
    requireStepCount(numInferenceSteps, config.numTrainTimesteps);
    this.checkExplicit(numInferenceSteps, options, true);
    const { timesteps, sigmas } = this.schedule(numInferenceSteps, options);
    const last = options.sigmas?.at(-1) ?? (config.finalSigmasType === 'zero' ? 0 : trainingSigmas[0]!);
    this.sigmas = [...sigmas, last].map(Math.fround);
    this.timesteps = (this.tellsLogSigma ? sigmas.map((sigma) => 0.25 * Math.log(Math.fround(sigma))) : timesteps).map(Math.fround);
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { sChurn = 0, sTmin = 0, sTmax = Infinity, sNoise = 1 } = options;
    const sigma = this.sigmas[index]!;
    const churned = sTmin <= sigma && sigma <= sTmax;
    const gamma = churned ? Math.min(sChurn / (this.sigmas.length - 1), Math.SQRT2 - 1) : 0;
    const sigmaHat = sigma * (gamma + 1);
    const from =
      gamma > 0 ? weightedSum([1, sample], [sNoise * Math.sqrt(sigmaHat ** 2 - sigma ** 2), this.noise(sample, options)]) : sample;

    // With churn, ε is scaled by the raised σ, but v is not: diffusers does so, and pictures from seeds depend on it.
    const predictionType = this.config.predictionType === 'original_sample' ? 'sample' : this.config.predictionType;
    const original = originalSampleOfSigma(predictionType, modelOutput, from, predictionType === 'epsilon' ? sigmaHat : sigma);
    return { prevSample: eulerStep(from, original, sigmaHat, this.sigmas[index + 1]!), predOriginalSample: original };
  }

  /** Whether the UNet is told ¼·ln σ in the place of a training timestep. */
  private get tellsLogSigma(): boolean {
    return this.config.timestepType === 'continuous' && this.config.predictionType === 'v_prediction';
  }

  private schedule(steps: number, options: TimestepOptions): { timesteps: readonly number[]; sigmas: readonly number[] } {
    const { config, trainingSigmas } = this;
    const logSigmas = trainingSigmas.map(singlePrecisionLog);
    const fromSigmas = (sigmas: readonly number[]) => ({ sigmas, timesteps: sigmas.map((sigma) => timestepOfSigma(sigma, logSigmas)) });
    if (options.sigmas) return fromSigmas(options.sigmas.slice(0, -1));
    if (options.sigmaSchedule) return this.interpolated(steps, options);
    const timesteps =
      options.timesteps ?? spaceTimesteps(config.timestepSpacing, steps, { ...config, fractional: true, interpolated: true });
    const sigmas =
      config.interpolationType === 'linear'
        ? sigmasAt(timesteps, trainingSigmas)
        : linspace(logSigmas.at(-1)!, logSigmas[0]!, steps + 1).map(Math.exp);
    const smallest = config.sigmaMin ?? sigmas.at(-1)!;
    const largest = config.sigmaMax ?? sigmas[0]!;
    const alternative = alternativeSigmas(config, smallest, largest, steps);
    if (alternative && smallest > largest) {
      throw config.sigmaMin === null
        ? settingError(this.className, 'sigmaMax', largest, `at least the smallest σ of the run, ${smallest}`)
        : settingError(this.className, 'sigmaMin', smallest, `at most the largest σ of the run, ${largest}`);
    }
    // σs in log steps are one too many: diffusers lets them end above the last timestep's and appends the final σ.
    return alternative ? fromSigmas(alternative) : { timesteps, sigmas };
  }
}
