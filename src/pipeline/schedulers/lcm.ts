import { weightedSum } from '../tensor.js';
import { clip, type ClippingConfig } from './clipping.js';
import { consistencyTimesteps } from './consistencyTimesteps.js';
import type { NoiseScheduleConfig } from './config.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { originalSample } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** Settings of {@link LCMScheduler}. */
export interface LCMConfig extends NoiseScheduleConfig, ClippingConfig {
  /** Length of the schedule that the model was distilled on; the run's timesteps are picked from it. */
  originalInferenceSteps: number;
  /** Take ᾱ = 1 after the last step; otherwise ᾱ of training timestep 0. */
  setAlphaToOne: boolean;
  /** How sharply the boundary condition sets in; timesteps are multiplied by it. */
  timestepScaling: number;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

const defaults: LCMConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  trainedBetas: null,
  originalInferenceSteps: 50,
  clipSample: false,
  clipSampleRange: 1,
  setAlphaToOne: true,
  stepsOffset: 0,
  predictionType: 'epsilon',
  thresholding: false,
  dynamicThresholdingRatio: 0.995,
  sampleMaxValue: 1,
  timestepSpacing: 'leading',
  timestepScaling: 10,
  rescaleBetasZeroSnr: false,
};

/** Standard deviation of the data that the boundary condition assumes. */
const SIGMA_DATA = 0.5;

/**
 * Sampling of latent consistency models: each step predicts the clean sample and noises it again, 1–8 steps in all.
 *
 * Luo et al. 2023, "Latent Consistency Models", algorithm 3; agrees with diffusers' class. Needs a distilled model.
 */
export class LCMScheduler extends AlphaScheduler<LCMConfig> {
  static readonly className = 'LCMScheduler';
  static readonly defaults = defaults;
  static override readonly runKnobs = ['timesteps', 'originalInferenceSteps'] as const;
  override readonly picksWithinStrength = true;

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.checkExplicit(numInferenceSteps, options);
    this.timesteps = consistencyTimesteps(this.className, numInferenceSteps, this.config, options);
  }

  protected override makeStep({ modelOutput, timestep, index, sample, options }: StepInput): StepOutput {
    const alpha = this.alphas[timestep]!;
    const predicted = originalSample(this.config.predictionType, modelOutput, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const scaled = timestep * this.config.timestepScaling;
    const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const denoised = weightedSum([out, clip(predicted, this.config)], [skip, sample]);

    const next = this.timesteps[index + 1];
    const prevSample = next === undefined ? denoised : this.addNoise(denoised, this.noise(sample, options), next);
    return { prevSample, predOriginalSample: denoised };
  }
}
