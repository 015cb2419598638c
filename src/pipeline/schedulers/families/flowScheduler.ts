import { ArgumentError, FrameloomError, type Tensor } from '../../core/index.js';
import { chosenSettings } from '../chosenSettings.js';
import { requireStepCount } from '../config.js';
import { flowNoiseLevel, shiftSigmas, stretchToTerminal } from '../flowSigmas.js';
import { checkExplicitSchedule, type TimestepOptions } from '../runOptions.js';
import { noised, Scheduler, type SchedulerClass } from '../scheduler.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { LONGEST_SCHEDULE } from '../settingChecks.js';
import { alternativeSigmas, type SigmaScheduleConfig } from '../sigmas.js';
import { linspace } from '../timesteps.js';

/** Settings that every flow scheduler has. */
export interface FlowConfig {
  /** The network is told σ times this. */
  numTrainTimesteps: number;
  /** Moves σs towards noise, above 0: `s·σ ⁄ (1 + (s − 1)·σ)`. 1 leaves them even; SD 3 and Wan at 480p use 3, Wan at 720p 5. */
  shift: number;
}

/** Settings of the flow schedulers whose shift may follow the picture's size. */
export interface FlowMatchConfig extends FlowConfig, SigmaScheduleConfig {
  /** Shift by μ, a knob of the run, in the place of `shift`; see {@link ShiftedFlowScheduler.muFor}. */
  useDynamicShifting: boolean;
  /** μ at `baseImageSeqLen` tokens. */
  baseShift: number;
  /** μ at `maxImageSeqLen` tokens. */
  maxShift: number;
  /** Tokens (patches of all frames) of a small picture. */
  baseImageSeqLen: number;
  /** Tokens of a large one. */
  maxImageSeqLen: number;
  /** Count σ from 0, noise, up to 1, clean, as Mochi does. */
  invertSigmas: boolean;
  /** Stretch the shifted σs so that the last is this, above 0 and below 1 (LTX-Video: 0.1); null leaves them. */
  shiftTerminal: number | null;
  /** How μ shifts: by e^μ, or by μ itself. */
  timeShiftType: 'exponential' | 'linear';
}

/** Defaults of {@link FlowMatchConfig}, those of diffusers. */
export const flowMatchDefaults: FlowMatchConfig = {
  numTrainTimesteps: 1000,
  shift: 1,
  useDynamicShifting: false,
  baseShift: 0.5,
  maxShift: 1.15,
  baseImageSeqLen: 256,
  maxImageSeqLen: 4096,
  invertSigmas: false,
  shiftTerminal: null,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  timeShiftType: 'exponential',
};

/**
 * Schedulers of flow matching: noise and clean sample are joined by a straight line, `sample = (1 − σ)·x₀ + σ·noise`, the network
 * predicts the velocity along it, `noise − x₀`, sees the sample as it is, and is told the timestep `σ · numTrainTimesteps`.
 *
 * Lipman et al. 2023, "Flow Matching for Generative Modeling"; Esser et al. 2024, "Scaling Rectified Flow Transformers"
 * (Stable Diffusion 3). The way of Flux, Wan, LTX-Video and HunyuanVideo.
 */
export abstract class FlowScheduler<C extends FlowConfig, M extends SchedulerMemory = SchedulerMemory> extends Scheduler<C, M> {
  /** What the network must have been trained on. */
  static readonly noisePath = 'flow';
  protected override readonly sigmasHoldLast = false;
  override sigmas: readonly number[] = [];

  /** As {@link Scheduler.fromConfig}; the solvers' word for `shift` is `flowShift`. */
  static override fromConfig<K extends SchedulerClass>(this: K, json: Readonly<Record<string, unknown>>): InstanceType<K> {
    const { flowShift, flow_shift: snakeCased = flowShift } = chosenSettings(json);
    return super.fromConfig.call(this, snakeCased === undefined ? json : { shift: snakeCased, ...json }) as InstanceType<K>;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => flowNoiseLevel(this.sigmas[i]!));
  }

  /** `(1 − σ)·original + σ·noise`; diffusers calls it `scale_noise`. */
  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const sigma = this.sigmas[this.indexForNoise(timestep)]!;
    return noised(original, noise, 1 - sigma, sigma);
  }

  /** σs from 1 down to that of the first trained timestep, where `shift` has moved it. @param shift 1 where it moves nothing. */
  protected evenSigmas(steps: number, shift: number): readonly number[] {
    requireStepCount(steps, LONGEST_SCHEDULE);
    const { numTrainTimesteps } = this.config;
    const smallest = Math.fround(shiftSigmas([Math.fround(1 / numTrainTimesteps)], { shift })[0]!);
    return linspace(numTrainTimesteps, smallest * numTrainTimesteps, steps).map((timestep) => timestep / numTrainTimesteps);
  }
}

/** Flow schedulers whose σs may be shifted by the picture's size, stretched, turned round, or given. */
export abstract class ShiftedFlowScheduler<C extends FlowMatchConfig, M extends SchedulerMemory = SchedulerMemory> extends FlowScheduler<
  C,
  M
> {
  override get noiseLevels(): readonly number[] {
    if (!this.config.invertSigmas) return super.noiseLevels;
    return this.timesteps.map((_, i) => flowNoiseLevel(1 - this.sigmas[i]!));
  }

  /**
   * μ for a number of tokens: on the line through (`baseImageSeqLen`, `baseShift`) and (`maxImageSeqLen`, `maxShift`).
   *
   * @param tokens patches of all latent frames together, as the transformer sees them.
   */
  muFor(tokens: number): number {
    const { baseShift, maxShift, baseImageSeqLen, maxImageSeqLen } = this.config;
    return baseShift + ((maxShift - baseShift) / (maxImageSeqLen - baseImageSeqLen)) * (tokens - baseImageSeqLen);
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { numTrainTimesteps, invertSigmas } = this.config;
    const sigmas = this.schedule(numInferenceSteps, options).map(Math.fround);
    if (invertSigmas) {
      // The noise that is left is what is shifted; the network is told what is not.
      this.sigmas = [...sigmas.map((sigma) => Math.fround(1 - sigma)), 1];
      this.timesteps = this.sigmas.slice(0, -1).map((sigma) => Math.fround(sigma * numTrainTimesteps));
    } else {
      this.sigmas = [...sigmas, 0];
      this.timesteps = options.timesteps?.map(Math.fround) ?? sigmas.map((sigma) => Math.fround(sigma * numTrainTimesteps));
    }
  }

  /** σs before the last, falling. Explicit timesteps are shifted as well, as in diffusers; explicit σs beside them keep the two apart. */
  private schedule(steps: number, options: TimestepOptions): readonly number[] {
    const { config } = this;
    const { numTrainTimesteps, shift, useDynamicShifting, timeShiftType, shiftTerminal } = config;
    this.checkSchedule(steps, options);
    const even =
      options.sigmas ??
      options.timesteps?.map((timestep) => timestep / numTrainTimesteps) ??
      this.evenSigmas(steps, useDynamicShifting ? 1 : shift);
    const shifted = shiftSigmas(even, useDynamicShifting ? { mu: options.mu, type: timeShiftType } : { shift });
    if (shiftTerminal !== null && shifted.at(-1) === 1)
      throw new ArgumentError('numInferenceSteps', steps, 'at least 2 with shiftTerminal, which stretches a schedule between its ends');
    const sigmas = shiftTerminal === null ? shifted : stretchToTerminal(shifted, shiftTerminal);
    return alternativeSigmas(config, sigmas.at(-1)!, sigmas[0]!, steps) ?? sigmas;
  }

  private checkSchedule(steps: number, { sigmas, timesteps, mu }: TimestepOptions): void {
    const { useDynamicShifting, timeShiftType, useExponentialSigmas, numTrainTimesteps } = this.config;
    requireStepCount(steps, LONGEST_SCHEDULE);
    if (useDynamicShifting && mu === undefined) {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: useDynamicShifting needs the knob mu, which depends on the size of the picture. Give mu (muFor(tokens) says it), or set useDynamicShifting to false.`,
      );
    }
    if (useDynamicShifting && timeShiftType === 'linear' && mu! <= 0)
      throw new ArgumentError('mu', mu, 'above 0 with timeShiftType "linear"');
    const limits = {
      className: this.className,
      takes: this.explicitSchedules,
      lastTimestep: numTrainTimesteps,
      fractional: true,
      sigmasHoldLast: false,
    };
    // One by one: flow schedulers take both at once.
    checkExplicitSchedule(steps, { timesteps }, limits);
    checkExplicitSchedule(steps, { sigmas }, limits);
    if (sigmas && sigmas[0]! > 1) throw new ArgumentError('sigmas', sigmas, 'numbers up to 1, which is pure noise');
    if (useExponentialSigmas && (sigmas ?? timesteps)?.at(-1) === 0)
      throw new ArgumentError(sigmas ? 'sigmas' : 'timesteps', sigmas ?? timesteps, 'numbers above 0 with useExponentialSigmas');
  }
}
