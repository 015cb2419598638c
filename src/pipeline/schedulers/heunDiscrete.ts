import { oneOf, type Tensor, weightedSum } from '../core/index.js';
import { clampTo } from './clipping.js';
import type { NoiseScheduleConfig } from './config.js';
import { eulerStep, SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule, type SigmaScheduleConfig } from './sigmas.js';

/** Settings of {@link HeunDiscreteScheduler}. */
export interface HeunDiscreteConfig extends NoiseScheduleConfig, SigmaScheduleConfig {
  /** Clamp the predicted clean sample to ±`clipSampleRange`. */
  clipSample: boolean;
  /** The bound, 1 for pixels. */
  clipSampleRange: number;
}

const defaults: HeunDiscreteConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'linear',
  trainedBetas: null,
  predictionType: 'epsilon',
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  clipSample: false,
  clipSampleRange: 1,
  timestepSpacing: 'linspace',
  stepsOffset: 0,
};

/** What Heun remembers between the two calls of a step. */
export type HeunMemory = {
  /** The sample that the step set out from; undefined between two steps. */
  sample: Tensor | undefined;
  /** The clean sample predicted there. */
  original: Tensor | undefined;
};

/**
 * Heun's method: each step is corrected by the slope at its end, two UNet calls a step but the last.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 1; agrees with diffusers' class.
 */
export class HeunDiscreteScheduler extends SigmaScheduler<HeunDiscreteConfig, HeunMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'HeunDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'numTrainTimesteps'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { betaSchedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'exp') };
  override readonly order = 2;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: HeunDiscreteConfig): void {
    requireOneSigmaSchedule(this.className, config);
  }

  override get mostStateTensors(): number {
    return 2;
  }

  protected override freshMemory(): HeunMemory {
    return { sample: undefined, original: undefined };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas } = this.interpolated(numInferenceSteps, options);
    this.sigmas = [...sigmas.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma])), 0].map(Math.fround);
    this.timesteps = timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [timestep, timestep])).map(Math.fround);
  }

  protected override makeStep({ modelOutput, index, sample }: StepInput): StepOutput {
    const { predictionType, clipSample, clipSampleRange } = this.config;
    const { sample: start, original: first } = this.memory;
    const here = this.sigmas[index]!;
    const predicted = originalSampleOfSigma(predictionType, modelOutput, sample, here);
    const original = clipSample ? clampTo(predicted, clipSampleRange) : predicted;
    if (start === undefined || first === undefined) {
      this.memory = { sample, original };
      return { prevSample: eulerStep(sample, original, here, this.sigmas[index + 1]!), predOriginalSample: original };
    }
    this.memory = this.freshMemory();
    const from = this.sigmas[index - 1]!;
    const half = (here - from) / 2;
    // Half a step along each slope, (x − x₀)/σ, at the start and at the end.
    const prevSample = weightedSum([1 + half / from, start], [-half / from, first], [half / here, sample], [-half / here, original]);
    return { prevSample, predOriginalSample: original };
  }
}
