import { type Tensor, weightedSum } from '../core/index.js';
import { alphasCumprod } from './alphas.js';
import { clip, type ClippingConfig } from './clipping.js';
import { completeConfig, type NoiseScheduleConfig, readConfig, requireStepCount } from './config.js';
import { epsilon, originalSample } from './prediction.js';
import { noised, Scheduler, type StepOptions, type StepOutput, type TimestepOptions } from './scheduler.js';
import { spaceTimesteps } from './timesteps.js';

/** Settings of {@link DDIMScheduler}. */
export interface DDIMConfig extends NoiseScheduleConfig, ClippingConfig {
  /** Take ᾱ = 1 after the last step; otherwise ᾱ of training timestep 0, as SD 1.x does. */
  setAlphaToOne: boolean;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

/** Defaults of {@link DDIMScheduler} and of its inverse; those of diffusers. */
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

/**
 * DDIM: deterministic at η = 0, and invertible, which is why editing methods like it.
 *
 * Song et al. 2020, "Denoising Diffusion Implicit Models", equations 12 and 16; agrees with diffusers' class.
 */
export class DDIMScheduler extends Scheduler {
  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig(json: Readonly<Record<string, unknown>>): DDIMScheduler {
    return new DDIMScheduler(readConfig(ddimDefaults, json));
  }

  readonly className = 'DDIMScheduler';
  readonly config: Readonly<DDIMConfig>;
  private readonly alphas: Float32Array;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value. */
  constructor(config: Partial<DDIMConfig> = {}) {
    super(config);
    this.config = completeConfig('DDIMScheduler', ddimDefaults, config);
    this.alphas = alphasCumprod(this.config);
  }

  override setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    this.checkExplicit(numInferenceSteps, options, []);
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    this.timesteps = spaceTimesteps(this.config.timestepSpacing, numInferenceSteps, this.config);
    this.beginRun();
  }

  override step(modelOutput: Tensor, timestep: number, sample: Tensor, options: StepOptions = {}): StepOutput {
    const { predictionType, numTrainTimesteps } = this.config;
    this.indexFor(timestep, options);
    const previous = timestep - Math.floor(numTrainTimesteps / this.timesteps.length);
    const alpha = this.alphaAt(timestep);
    const alphaPrevious = this.alphaAt(previous);
    const signal = Math.sqrt(alpha);
    const noise = Math.sqrt(1 - alpha);

    const original = clip(originalSample(predictionType, modelOutput, sample, signal, noise), this.config);
    const direction = options.useClippedModelOutput
      ? epsilon('sample', original, sample, signal, noise)
      : epsilon(predictionType, modelOutput, sample, signal, noise);

    const variance = ((1 - alphaPrevious) / (1 - alpha)) * (1 - alpha / alphaPrevious);
    const deviation = (options.eta ?? 0) * Math.sqrt(variance);
    // With all noise drawn anew nothing is left of the old, or by rounding a little less than nothing.
    const left = Math.max(0, 1 - alphaPrevious - deviation ** 2);
    let prevSample = weightedSum([Math.sqrt(alphaPrevious), original], [Math.sqrt(left), direction]);
    if (deviation > 0) prevSample = weightedSum([1, prevSample], [deviation, this.noise(sample, options)]);
    this.advance();
    return { prevSample, predOriginalSample: original };
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const alpha = this.alphaAt(timestep);
    return noised(original, noise, Math.sqrt(alpha), Math.sqrt(1 - alpha));
  }

  private alphaAt(timestep: number): number {
    if (timestep >= 0) return this.alphas[timestep]!;
    return this.config.setAlphaToOne ? 1 : this.alphas[0]!;
  }
}
