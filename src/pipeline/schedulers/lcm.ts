import { ArgumentError, type Tensor, weightedSum } from '../core/index.js';
import { alphasCumprod } from './alphas.js';
import { clip, type ClippingConfig } from './clipping.js';
import { completeConfig, type NoiseScheduleConfig, readConfig, requireStepCount } from './config.js';
import { originalSample } from './prediction.js';
import { noised, Scheduler, type StepOptions, type StepOutput, type TimestepOptions } from './scheduler.js';

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
export class LCMScheduler extends Scheduler {
  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig(json: Readonly<Record<string, unknown>>): LCMScheduler {
    return new LCMScheduler(readConfig(defaults, json));
  }

  readonly className = 'LCMScheduler';
  override readonly picksWithinStrength = true;
  readonly config: Readonly<LCMConfig>;
  private readonly alphas: Float32Array;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value. */
  constructor(config: Partial<LCMConfig> = {}) {
    super(config);
    this.config = completeConfig('LCMScheduler', defaults, config);
    this.alphas = alphasCumprod(this.config);
  }

  override setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    const { numTrainTimesteps } = this.config;
    this.checkExplicit(numInferenceSteps, options, ['timesteps']);
    const originalSteps = options.originalInferenceSteps ?? this.config.originalInferenceSteps;
    requireStepCount(numInferenceSteps, numTrainTimesteps);
    if (originalSteps > numTrainTimesteps) throw new ArgumentError('originalInferenceSteps', originalSteps, `a whole number from 1 to ${numTrainTimesteps}, the training timesteps`);
    const stride = Math.floor(numTrainTimesteps / originalSteps);
    const length = Math.floor(originalSteps * (options.strength ?? 1));
    if (numInferenceSteps > length) {
      throw new ArgumentError('numInferenceSteps', numInferenceSteps, `at most ${length} with LCMScheduler (originalInferenceSteps ${originalSteps} × strength ${options.strength ?? 1}); LCM runs well with 4 to 8`);
    }
    const original = Array.from({ length }, (_, i) => (i + 1) * stride - 1).reverse();
    this.timesteps = options.timesteps ?? Array.from({ length: numInferenceSteps }, (_, i) => original[Math.floor((i * length) / numInferenceSteps)]!);
    this.beginRun();
  }

  override step(modelOutput: Tensor, timestep: number, sample: Tensor, options: StepOptions = {}): StepOutput {
    const index = this.indexFor(timestep);
    const alpha = this.alphas[timestep]!;
    const predicted = originalSample(this.config.predictionType, modelOutput, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const scaled = timestep * this.config.timestepScaling;
    const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const denoised = weightedSum([out, clip(predicted, this.config)], [skip, sample]);

    const next = this.timesteps[index + 1];
    const prevSample = next === undefined ? denoised : this.addNoise(denoised, this.noise(sample, options), next);
    this.advance();
    return { prevSample, predOriginalSample: denoised };
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const alpha = this.alphas[timestep]!;
    return noised(original, noise, Math.sqrt(alpha), Math.sqrt(1 - alpha));
  }
}
