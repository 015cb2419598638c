import type { ClippingConfig } from './clipping.js';
import type { NoiseScheduleConfig } from './config.js';

/** Settings of `LCMScheduler` and `TCDScheduler`. */
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

/** Their defaults, those of diffusers. */
export const lcmDefaults: LCMConfig = {
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
