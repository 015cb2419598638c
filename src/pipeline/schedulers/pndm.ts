import { ArgumentError, oneOf, type Tensor, weightedSum } from '../core/index.js';
import type { NoiseScheduleConfig } from './config.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { epsilon, originalSample } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import type { SchedulerState } from './schedulerState.js';

/** Settings of {@link PNDMScheduler}. */
export interface PNDMConfig extends Omit<NoiseScheduleConfig, 'predictionType'> {
  /** What the model predicts; PNDM knows no `sample`. */
  predictionType: 'epsilon' | 'v_prediction';
  /** Begin with two looks at the first step (PLMS) instead of twelve Runge-Kutta calls, as Stable Diffusion does. */
  skipPrkSteps: boolean;
  /** Take ᾱ = 1 after the last step; otherwise ᾱ of training timestep 0, as SD 1.x does. */
  setAlphaToOne: boolean;
}

const defaults: PNDMConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  skipPrkSteps: false,
  setAlphaToOne: false,
  predictionType: 'epsilon',
  timestepSpacing: 'leading',
  stepsOffset: 0,
};

/** Steps that the Runge-Kutta start replaces, with four calls each; the last of them belongs to the multistep part too. */
const PRK_STEPS = 4;

/** Share of each of a Runge-Kutta step's four predictions. */
const PRK_WEIGHTS = [1 / 6, 1 / 3, 1 / 3, 1 / 6] as const;

/** Shares of the predictions so far, newest first, by how many there are (Adams-Bashforth). */
const PLMS_WEIGHTS = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;

/** What PNDM remembers. */
export type PNDMMemory = {
  /** The sample that a step in several calls set out from. */
  stepSample: Tensor | undefined;
  /** Weighted sum of a Runge-Kutta step's predictions so far. */
  prkSum: Tensor | undefined;
  /** Predictions that count on, newest first. */
  predictions: readonly Tensor[];
};

/**
 * Pseudo numerical methods for diffusion models: the scheduler that Stable Diffusion 1.x comes with.
 *
 * A run of n steps makes n + 1 UNet calls with `skipPrkSteps`, since the second timestep is visited twice, and n + 9
 * without. Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds", equations 9, 12 and 13 and
 * algorithm 2; agrees with diffusers' class, also in counting from the first step that is run where that is not the first
 * of the schedule.
 */
export class PNDMScheduler extends AlphaScheduler<PNDMConfig, PNDMMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'PNDMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('epsilon', 'v_prediction') };
  private numInferenceSteps = 0;
  private prkTimesteps: readonly number[] = [];

  override get mostStateTensors(): number {
    return this.config.skipPrkSteps ? 4 : 5;
  }

  /** Runs captured before the memory was laid out by name hold its tensors only, in the same order. */
  override restore({ tensors, numbers }: SchedulerState): void {
    if (numbers.length > 1) return super.restore({ tensors, numbers });
    this.stepsDone = numbers[0] ?? 0;
    const within = this.isWithinStep ? 1 : 0;
    const summed = this.isWithinStep && !this.config.skipPrkSteps ? 1 : 0;
    super.restore({ tensors, numbers: [this.stepsDone, within, summed, tensors.length - within - summed] });
  }

  protected override freshMemory(): PNDMMemory {
    return { stepSample: undefined, prkSum: undefined, predictions: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { config } = this;
    if (!config.skipPrkSteps && numInferenceSteps < PRK_STEPS) {
      throw new ArgumentError(
        'numInferenceSteps',
        numInferenceSteps,
        `at least ${PRK_STEPS} with PNDMScheduler's Runge-Kutta steps; skipPrkSteps: true does without them`,
      );
    }
    const spaced = this.spaced(numInferenceSteps, options);
    this.numInferenceSteps = numInferenceSteps;
    if (config.skipPrkSteps) {
      this.prkTimesteps = [];
      this.timesteps = [...spaced.slice(0, 2), ...spaced.slice(1)];
    } else {
      const half = Math.floor(this.stride / 2);
      // Each step's four calls stand at its timestep, twice half-way to the next, and at the next.
      this.prkTimesteps = spaced
        .slice(0, PRK_STEPS - 1)
        .flatMap((timestep, i) => [timestep, spaced[i + 1]! + half, spaced[i + 1]! + half, spaced[i + 1]!]);
      this.timesteps = [...this.prkTimesteps, ...spaced.slice(PRK_STEPS - 1)];
    }
  }

  protected override makeStep({ modelOutput, timestep, sample }: StepInput): StepOutput {
    const alpha = this.alphaAt(timestep);
    const predOriginalSample = originalSample(this.config.predictionType, modelOutput, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const prevSample =
      this.stepsDone < this.prkTimesteps.length
        ? this.rungeKuttaCall(modelOutput, timestep, sample)
        : this.multistep(modelOutput, timestep, sample);
    return { prevSample, predOriginalSample };
  }

  /** One of the four calls of a Runge-Kutta step; the fourth makes the step with all of them. */
  private rungeKuttaCall(modelOutput: Tensor, timestep: number, sample: Tensor): Tensor {
    const call = this.stepsDone % 4;
    const to = timestep - (call % 2 === 1 ? 0 : Math.floor(this.stride / 2));
    const from = this.prkTimesteps[this.stepsDone - call]!;
    const start = this.memory.stepSample ?? sample;
    if (call === 0) this.memory.predictions = [modelOutput, ...this.memory.predictions].slice(0, 3);
    const share = weightedSum([PRK_WEIGHTS[call]!, modelOutput]);
    const sum = this.memory.prkSum ? weightedSum([1, this.memory.prkSum], [1, share]) : share;
    this.memory.prkSum = call === 3 ? undefined : sum;
    this.memory.stepSample = call === 3 ? undefined : start;
    return this.transfer(start, from, to, call === 3 ? sum : modelOutput);
  }

  /** A step by this and the last three predictions; the second call goes over the first step again. */
  private multistep(modelOutput: Tensor, timestep: number, sample: Tensor): Tensor {
    if (this.stepsDone === 1) {
      const start = this.memory.stepSample!;
      this.memory.stepSample = undefined;
      return this.transfer(start, timestep + this.stride, timestep, weightedSum([0.5, modelOutput], [0.5, this.memory.predictions[0]!]));
    }
    if (this.stepsDone === 0) this.memory.stepSample = sample;
    this.memory.predictions = [modelOutput, ...this.memory.predictions].slice(0, PLMS_WEIGHTS.length);
    const weights = PLMS_WEIGHTS[this.memory.predictions.length - 1]!;
    return this.transfer(
      sample,
      timestep,
      timestep - this.stride,
      weightedSum(...this.memory.predictions.map((prediction, i) => [weights[i]!, prediction] as [number, Tensor])),
    );
  }

  /** Equation 9: the sample brought from one timestep to another along a prediction. */
  private transfer(sample: Tensor, from: number, to: number, prediction: Tensor): Tensor {
    const alpha = this.alphaAt(from);
    const alphaTo = this.alphaAt(to);
    const noise = epsilon(this.config.predictionType, prediction, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const denominator = alpha * Math.sqrt(1 - alphaTo) + Math.sqrt(alpha * (1 - alpha) * alphaTo);
    return weightedSum([Math.sqrt(alphaTo / alpha), sample], [-(alphaTo - alpha) / denominator, noise]);
  }

  /** Whether the next call goes on with a step that an earlier one began. */
  private get isWithinStep(): boolean {
    return this.config.skipPrkSteps ? this.stepsDone === 1 : this.stepsDone < this.prkTimesteps.length && this.stepsDone % 4 !== 0;
  }

  /** Training timesteps from one step to the next. */
  private get stride(): number {
    return Math.floor(this.config.numTrainTimesteps / this.numInferenceSteps);
  }
}
