import { oneOf, type Tensor, weightedSum } from '../../core/index.js';
import type { NoiseScheduleConfig } from '../config.js';
import { originalSampleOfSigma } from '../prediction.js';
import type { StepInput } from '../scheduler.js';
import { requireOneSigmaSchedule, type SigmaScheduleConfig } from '../sigmas.js';
import { roundHalfToEven } from '../timesteps.js';
import type { TimestepOptions } from '../runOptions.js';
import { SigmaScheduler } from './sigmaScheduler.js';

/** Settings of the schedulers that look at the middle of a step. */
export interface MidpointConfig extends NoiseScheduleConfig, SigmaScheduleConfig {}

/** Their defaults, those of diffusers. */
export const midpointDefaults: MidpointConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'linear',
  trainedBetas: null,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  predictionType: 'epsilon',
  timestepSpacing: 'linspace',
  stepsOffset: 0,
};

/** What they remember between the two calls of a step. */
export type MidpointMemory = {
  /** The sample that the step set out from; undefined between two steps. */
  sample: Tensor | undefined;
};

/**
 * Second-order schedulers whose second UNet call stands at a σ between the step's two ends (KDPM2, its ancestral kind).
 *
 * Karras et al. 2022, algorithm 2, as k-diffusion's `sample_dpm_2`.
 */
export abstract class MidpointScheduler extends SigmaScheduler<MidpointConfig, MidpointMemory> {
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('epsilon', 'v_prediction') };
  override readonly order = 2;
  /** σ of each step's second call. */
  protected middle: readonly number[] = [];

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: MidpointConfig): void {
    requireOneSigmaSchedule((this as unknown as { className: string }).className, config);
  }

  override get mostStateTensors(): number {
    return 1;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, index) => this.sigmaOfCall(index));
  }

  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    const index = this.indexFor(timestep);
    return weightedSum([1 / Math.sqrt((this.memory.sample ? this.sigmaOfCall(index) : this.sigmas[index]!) ** 2 + 1), sample]);
  }

  protected override freshMemory(): MidpointMemory {
    return { sample: undefined };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas, alternative } = this.interpolated(numInferenceSteps, options);
    const whole = this.config.useKarrasSigmas ? timesteps.map(roundHalfToEven) : timesteps;
    const ends = [...sigmas, 0].map(Math.fround);
    this.middle = sigmas.map((_, step) => Math.fround(this.between(ends[step]!, ends[step + 1]!)));
    this.sigmas = [...ends.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma])), 0];
    const all = whole.flatMap((timestep, step) => (step === 0 ? [timestep] : [this.timestepOf(this.middle[step - 1]!), timestep]));
    this.timesteps = alternative ? all : all.map(Math.fround);
  }

  /** σ at which the UNet is called. */
  protected sigmaOfCall(index: number): number {
    return index % 2 === 0 ? this.sigmas[index]! : this.middle[(index - 1) / 2]!;
  }

  /** σ of the second call of a step from one σ to another. */
  protected abstract between(from: number, to: number): number;

  /** Takes a call's prediction; where it was the step's second, gives the σs of the whole step and where it set out from. */
  protected call({ modelOutput, index, sample }: StepInput): {
    original: Tensor;
    start: Tensor | undefined;
    from: number;
    middle: number;
    to: number;
  } {
    const start = this.memory.sample;
    const first = start === undefined ? index : index - 1;
    const [from, middle, to] = [this.sigmas[first]!, this.middle[Math.floor(first / 2)]!, this.sigmas[first + 1]!];
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, start ? middle : from);
    this.memory = { sample: start ? undefined : sample };
    return { original, start, from, middle, to };
  }
}

/** From `start` along the slope that `sample` has at σ `at`, by `change` of σ. */
export function alongSlope(start: Tensor, sample: Tensor, original: Tensor, at: number, change: number): Tensor {
  return weightedSum([1, start], [change / at, sample], [-change / at, original]);
}
