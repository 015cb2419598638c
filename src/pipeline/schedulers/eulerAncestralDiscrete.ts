import { oneOf, type Tensor, weightedSum } from '../core/index.js';
import { alphasCumprodForSigmas } from './alphas.js';
import { completeConfig, type NoiseScheduleConfig, readConfig, requireStepCount } from './config.js';
import { eulerStep, initNoiseSigma, scaleBySigma } from './eulerDiscrete.js';
import { originalSampleOfSigma } from './prediction.js';
import { noised, Scheduler, type StepOptions, type StepOutput, type TimestepOptions } from './scheduler.js';
import { sigmasAt, sigmasOf } from './sigmas.js';
import { spaceTimesteps } from './timesteps.js';

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
export class EulerAncestralDiscreteScheduler extends Scheduler {
  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig(json: Readonly<Record<string, unknown>>): EulerAncestralDiscreteScheduler {
    return new EulerAncestralDiscreteScheduler(readConfig(defaults, json));
  }

  readonly className = 'EulerAncestralDiscreteScheduler';
  readonly config: Readonly<EulerAncestralDiscreteConfig>;
  override sigmas: readonly number[];
  private readonly trainingSigmas: Float32Array;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value. */
  constructor(config: Partial<EulerAncestralDiscreteConfig> = {}) {
    super(config);
    this.config = completeConfig('EulerAncestralDiscreteScheduler', defaults, config, { predictionType: oneOf('epsilon', 'v_prediction') });
    this.trainingSigmas = sigmasOf(alphasCumprodForSigmas(this.config));
    this.sigmas = [...this.trainingSigmas].reverse();
  }

  override get initNoiseSigma(): number {
    return initNoiseSigma(this.sigmas, this.config.timestepSpacing);
  }

  override setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    this.checkExplicit(numInferenceSteps, options, []);
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    this.timesteps = spaceTimesteps(this.config.timestepSpacing, numInferenceSteps, { ...this.config, fractional: true, interpolated: true });
    this.sigmas = [...sigmasAt(this.timesteps, this.trainingSigmas), 0].map(Math.fround);
    this.beginRun();
  }

  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    return scaleBySigma(sample, this.sigmas[this.indexFor(timestep)]!);
  }

  override step(modelOutput: Tensor, timestep: number, sample: Tensor, options: StepOptions = {}): StepOutput {
    const index = this.indexFor(timestep);
    const from = this.sigmas[index]!;
    const to = this.sigmas[index + 1]!;
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, from);
    const up = Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2);
    const down = Math.sqrt(to ** 2 - up ** 2);
    // Noise is drawn at the last step too, where it counts for nothing, to keep generators in step with diffusers.
    const prevSample = weightedSum([1, eulerStep(sample, original, from, down)], [up, this.noise(sample, options)]);
    this.advance();
    return { prevSample, predOriginalSample: original };
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, 1, this.sigmas[this.indexForNoise(timestep)]!);
  }
}
