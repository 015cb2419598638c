import type { ClippingConfig } from './clipping.js';
import type { NoiseScheduleConfig } from './config.js';

/** Settings of `DDIMScheduler`. */
export interface DDIMConfig extends NoiseScheduleConfig, ClippingConfig {
  /** Take ᾱ = 1 after the last step; otherwise ᾱ of training timestep 0, as SD 1.x does. */
  setAlphaToOne: boolean;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

/** Defaults of `DDIMScheduler` and of its inverse; those of diffusers. */
export const ddimDefaults: DDIMConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  clipSample: true,
  setAlphaToOne: true,
  stepsOffset: 0,
  predictionType: 'epsilon',
  thresholding: false,
  dynamicThresholdingRatio: 0.995,
  clipSampleRange: 1,
  sampleMaxValue: 1,
  timestepSpacing: 'leading',
  rescaleBetasZeroSnr: false,
};
