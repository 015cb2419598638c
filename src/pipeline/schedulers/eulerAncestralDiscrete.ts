import { oneOf, weightedSum } from '../core/index.js';
import { ancestralSigmas } from './ancestral.js';
import type { NoiseScheduleConfig } from './config.js';
import { eulerStep, SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** Settings of {@link EulerAncestralDiscreteScheduler}. */
export interface EulerAncestralDiscreteConfig extends NoiseScheduleConfig {
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

const defaults: EulerAncestralDiscreteConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  predictionType: 'epsilon',
  timestepSpacing: 'linspace',
  stepsOffset: 0,
  rescaleBetasZeroSnr: false,
};

/**
 * Euler steps that overshoot and add fresh noise back ("Euler a"): lively, and never converging with more steps.
 *
 * After k-diffusion's `sample_euler_ancestral`; agrees with diffusers' class.
 */
export class EulerAncestralDiscreteScheduler extends SigmaScheduler<EulerAncestralDiscreteConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'EulerAncestralDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('epsilon', 'v_prediction') };

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas } = this.interpolated(numInferenceSteps, options);
    this.timesteps = timesteps;
    this.sigmas = [...sigmas, 0].map(Math.fround);
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const from = this.sigmas[index]!;
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, from);
    const { up, down } = ancestralSigmas(from, this.sigmas[index + 1]!);
    // Noise is drawn at the last step too, where it counts for nothing, to keep generators in step with diffusers.
    const prevSample = weightedSum([1, eulerStep(sample, original, from, down)], [up, this.noise(sample, options)]);
    return { prevSample, predOriginalSample: original };
  }
}
