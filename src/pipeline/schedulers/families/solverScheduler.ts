import { FrameloomError, oneOf, type Tensor } from '../../core/index.js';
import { alphasCumprodForSigmas, type AlphasConfig } from '../alphas.js';
import { dynamicThreshold } from '../clipping.js';
import { type NoiseScheduleConfig, type PredictionType, requireStepCount, settingError } from '../config.js';
import type { NoiseLevel } from '../dpmSolver.js';
import { flowNoiseLevel } from '../flowSigmas.js';
import { meanOf } from '../learnedVariance.js';
import { epsilon, originalSample } from '../prediction.js';
import type { TimestepOptions } from '../runOptions.js';
import { noised, Scheduler } from '../scheduler.js';
import type { SchedulerMemory } from '../schedulerState.js';
import { namedSigmas } from '../namedSigmas.js';
import { alternativeSigmas, type SigmaScheduleConfig, sigmasAt, sigmasOf, timestepOfSigma } from '../sigmas.js';
import { singlePrecisionLog } from '../singlePrecisionLog.js';
import { linspace, roundHalfToEven, spaceTimesteps } from '../timesteps.js';

/** Settings that every solver in λ has. */
export interface SolverConfig
  extends Omit<NoiseScheduleConfig, 'predictionType'>, SigmaScheduleConfig, Pick<AlphasConfig, 'rescaleBetasZeroSnr'> {
  /** What the model predicts; `flow_prediction` is the velocity of rectified flow. */
  predictionType: PredictionType | 'flow_prediction';
  /** Dynamic thresholding of the clean sample; for pixels only. */
  thresholding: boolean;
  /** The quantile of |x₀| that thresholding takes as the bound. */
  dynamicThresholdingRatio: number;
  /** Thresholding's largest bound. */
  sampleMaxValue: number;
  /** σs of rectified flow. */
  useFlowSigmas: boolean;
  /** Shift of the flow σs. */
  flowShift: number;
}

/** Further settings that only some of them have. */
type FurtherConfig = Partial<{
  useLuLambdas: boolean;
  lambdaMinClipped: number | null;
  varianceType: string | null;
  useDynamicShifting: boolean;
  timeShiftType: string;
  sigmaMin: number | null;
  sigmaMax: number | null;
}>;

/** Defaults that the solvers in λ share, those of diffusers. */
export const solverDefaults = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  predictionType: 'epsilon',
  thresholding: false,
  dynamicThresholdingRatio: 0.995,
  sampleMaxValue: 1,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  useFlowSigmas: false,
  flowShift: 1,
  timestepSpacing: 'linspace',
  stepsOffset: 0,
} as const satisfies SolverConfig;

/** Checks of settings that all of them take. */
export const solverSettingChecks = { predictionType: oneOf('epsilon', 'sample', 'v_prediction', 'flow_prediction') };

/** A schedule before its last σ is put to it. */
export interface SolverSchedule {
  /** Noisiest first; may be fractional. */
  timesteps: readonly number[];
  /** As many. */
  sigmas: readonly number[];
  /** Whether they come from another schedule of σ than the trained one. */
  alternative: boolean;
}

/**
 * Solvers of the diffusion ODE in λ = ln(α ⁄ σ), on samples whose clean part fades, `sample = α·x₀ + σ·ε` (DPM-Solver, DEIS, UniPC, SA-Solver).
 *
 * Lu et al. 2022, "DPM-Solver" (2206.00927) and "DPM-Solver++" (2211.01095).
 */
export abstract class SolverScheduler<C extends SolverConfig, M extends SchedulerMemory = SchedulerMemory> extends Scheduler<C, M> {
  /** σ ⁄ α of every training timestep, rising. */
  protected readonly trainingSigmas: Float32Array = sigmasOf(alphasCumprodForSigmas(this.config));
  /** One more than the noisiest timestep whose λ = −ln σ is not below `lambdaMinClipped`. */
  protected readonly timestepsInUse: number = this.countTimestepsInUse();
  override sigmas: readonly number[] = [...this.trainingSigmas];

  override get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    const { useKarrasSigmas, useExponentialSigmas, useBetaSigmas, useFlowSigmas, useLuLambdas } = this.config as C & FurtherConfig;
    return useKarrasSigmas || useExponentialSigmas || useBetaSigmas || useFlowSigmas || useLuLambdas ? [] : super.explicitSchedules;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, i) => (this.config.useFlowSigmas ? flowNoiseLevel(this.sigmas[i]!) : this.sigmas[i]!));
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const { alpha, sigma } = this.level(this.indexForNoise(timestep));
    return noised(original, noise, alpha, sigma);
  }

  /** The timesteps that `timestepSpacing` picks. */
  protected spaced(steps: number, spacing = this.config.timestepSpacing): readonly number[] {
    return spaceTimesteps(spacing, steps, {
      ...this.config,
      stepsOffset: this.config.stepsOffset ?? 0,
      dropLast: true,
      interpolated: true,
      lastTimestep: this.timestepsInUse,
    });
  }

  /**
   * Timesteps and σs of a run, by the schedule that the settings ask for.
   *
   * @param spaced the timesteps where it is the trained one.
   */
  protected schedule(steps: number, options: TimestepOptions, spaced?: () => readonly number[]): SolverSchedule {
    const config = this.config as C & FurtherConfig;
    const { trainingSigmas } = this;
    requireStepCount(steps, config.numTrainTimesteps);
    this.checkExplicit(steps, options);
    const logSigmas = trainingSigmas.map(singlePrecisionLog);
    const even = config.useLuLambdas ? linspace(logSigmas.at(-1)!, logSigmas[0]!, steps).map(Math.exp) : undefined;
    const [smallest, largest] = this.sigmaRange();
    const sigmas = options.sigmaSchedule
      ? namedSigmas(options.sigmaSchedule, smallest, largest, steps)
      : (alternativeSigmas(config, smallest, largest, steps) ?? even);
    if (sigmas) {
      const timesteps = sigmas.map((sigma) => timestepOfSigma(sigma, logSigmas));
      return {
        sigmas,
        timesteps: config.useKarrasSigmas || config.useLuLambdas ? this.roundedTimesteps(timesteps) : timesteps,
        alternative: true,
      };
    }
    if (config.useFlowSigmas) return { ...this.flowSchedule(steps, options), alternative: true };
    const timesteps = options.timesteps ?? spaced?.() ?? this.spaced(steps);
    return { timesteps, sigmas: sigmasAt(timesteps, trainingSigmas), alternative: false };
  }

  /** Where Karras, exponential and beta σs end and begin. */
  protected sigmaRange(): readonly [smallest: number, largest: number] {
    const { sigmaMin, sigmaMax } = this.config as C & FurtherConfig;
    return [sigmaMin ?? this.trainingSigmas[0]!, sigmaMax ?? this.trainingSigmas.at(-1)!];
  }

  /** What becomes of the fractional timesteps of Karras and Lu σs. */
  protected roundedTimesteps(timesteps: readonly number[]): readonly number[] {
    return timesteps.map(roundHalfToEven);
  }

  /** The σs of rectified flow: evenly spaced, then shifted towards noise. */
  protected flowSchedule(steps: number, { mu }: TimestepOptions): Pick<SolverSchedule, 'timesteps' | 'sigmas'> {
    const { numTrainTimesteps, flowShift } = this.config;
    const shift = mu === undefined ? flowShift : Math.exp(mu);
    const ramp = linspace(1, 1 / numTrainTimesteps, steps + 1).map((alpha) => 1 - alpha);
    const sigmas = ramp
      .map((sigma) => (shift * sigma) / (1 + (shift - 1) * sigma))
      .reverse()
      .slice(0, steps);
    return { sigmas, timesteps: sigmas.map((sigma) => sigma * numTrainTimesteps) };
  }

  /** Takes up a schedule that ends at σ `last`. */
  protected take({ timesteps, sigmas }: Pick<SolverSchedule, 'timesteps' | 'sigmas'>, last: number): void {
    this.sigmas = [...sigmas, last].map(Math.fround);
    this.timesteps = timesteps.map(Math.trunc);
  }

  /** The noise level at an entry of `sigmas`. */
  protected level(index: number): NoiseLevel {
    const ratio = this.sigmas[index]!;
    const alpha = this.config.useFlowSigmas ? 1 - ratio : 1 / Math.sqrt(ratio ** 2 + 1);
    const sigma = this.config.useFlowSigmas ? ratio : ratio * alpha;
    return { alpha, sigma, lambda: Math.log(alpha) - Math.log(sigma) };
  }

  /**
   * The prediction as the clean sample, thresholded where the settings ask for it, and in the form whose integral is solved.
   *
   * @param form the clean sample, or the noise.
   */
  protected convert(
    form: 'sample' | 'epsilon',
    modelOutput: Tensor,
    sample: Tensor,
    index: number,
  ): { converted: Tensor; original: Tensor } {
    const { predictionType, thresholding, varianceType } = this.config as C & FurtherConfig;
    const { alpha, sigma } = this.level(index);
    const output = varianceType === 'learned' || varianceType === 'learned_range' ? meanOf(modelOutput, sample) : modelOutput;
    // x₀ = x − σ·v for flow, which is the ε formula with a signal share of one.
    const implied = (): Tensor =>
      predictionType === 'flow_prediction'
        ? originalSample('epsilon', output, sample, 1, sigma)
        : originalSample(predictionType, output, sample, alpha, sigma);
    if (form === 'sample' || predictionType === 'flow_prediction') {
      const original = this.threshold(implied());
      return { original, converted: form === 'sample' ? original : epsilon('sample', original, sample, alpha, sigma) };
    }
    const noise = epsilon(predictionType, output, sample, alpha, sigma);
    if (!thresholding) return { original: implied(), converted: noise };
    // By way of the noise, as diffusers does: with flow σs a velocity implies another clean sample than its noise does.
    const original = this.threshold(originalSample('epsilon', noise, sample, alpha, sigma));
    return { original, converted: epsilon('sample', original, sample, alpha, sigma) };
  }

  /** Dynamic thresholding, where the settings ask for it. */
  protected threshold(original: Tensor): Tensor {
    const { thresholding, dynamicThresholdingRatio, sampleMaxValue } = this.config;
    return thresholding ? dynamicThreshold(original, dynamicThresholdingRatio, sampleMaxValue) : original;
  }

  private countTimestepsInUse(): number {
    const { lambdaMinClipped = null, numTrainTimesteps } = this.config as C & FurtherConfig;
    if (lambdaMinClipped === null) return numTrainTimesteps;
    const count = this.trainingSigmas.filter((sigma) => -Math.log(sigma) >= lambdaMinClipped).length;
    if (count < 1)
      throw settingError(
        this.className,
        'lambdaMinClipped',
        lambdaMinClipped,
        `less than λ of the least noisy timestep, ${-Math.log(this.trainingSigmas[0]!)}`,
      );
    return count;
  }
}

/** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings of dynamic shifting that do not work together. */
export function requireShifting(
  scheduler: string,
  { useDynamicShifting, timeShiftType, useFlowSigmas }: { useDynamicShifting: boolean; timeShiftType: string; useFlowSigmas: boolean },
): void {
  if (!useDynamicShifting) return;
  if (timeShiftType !== 'exponential')
    throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler}: useDynamicShifting works with timeShiftType "exponential" only.`);
  if (!useFlowSigmas)
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `${scheduler}: useDynamicShifting shifts the σs of flow. Set useFlowSigmas to true, or leave it out.`,
    );
}

/** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a velocity of flow where the noise is integrated. */
export function requireFlowAsSample(
  scheduler: string,
  { algorithmType, predictionType }: { algorithmType: string; predictionType: string },
): void {
  if (predictionType !== 'flow_prediction' || algorithmType.endsWith('++')) return;
  throw new FrameloomError(
    'FL_SCHEDULER_CONFIG',
    `${scheduler}: a velocity of flow is integrated as the clean sample. Set algorithmType to '${algorithmType}++'.`,
  );
}

/** Runs shorter than this are the ones that `lowerOrderFinal` speaks of. */
const FEW_STEPS = 15;

/**
 * Order of a multistep solver's step: that of the settings, lower in the last ones of short runs.
 *
 * @param endsAtFirst whether the last step is of first order however long the run.
 */
export function orderAt(
  index: number,
  steps: number,
  { solverOrder, lowerOrderFinal }: { solverOrder: number; lowerOrderFinal: boolean },
  endsAtFirst = false,
): number {
  const left = steps - index;
  const few = lowerOrderFinal && steps < FEW_STEPS;
  if (left === 1 && (endsAtFirst || few)) return 1;
  return left === 2 && few ? Math.min(solverOrder, 2) : solverOrder;
}
