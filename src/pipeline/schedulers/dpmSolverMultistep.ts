import { oneOf, FrameloomError, type Tensor } from '../core/index.js';
import { alphasCumprodForSigmas } from './alphas.js';
import { dynamicThreshold } from './clipping.js';
import { completeConfig, type NoiseScheduleConfig, type PredictionType, readConfig, requireStepCount, settingError } from './config.js';
import { type DPMSolverAlgorithm, dpmSolverUpdate, type NoiseLevel } from './dpmSolver.js';
import { epsilon, originalSample } from './prediction.js';
import { noised, Scheduler, type StepOptions, type StepOutput, type TimestepOptions } from './scheduler.js';
import { alternativeSigmas, requireOneSigmaSchedule, type SigmaScheduleConfig, sigmasAt, sigmasOf, timestepOfSigma } from './sigmas.js';
import { linspace, roundHalfToEven, spaceTimesteps } from './timesteps.js';

/** Settings of {@link DPMSolverMultistepScheduler}. */
export interface DPMSolverMultistepConfig extends Omit<NoiseScheduleConfig, 'predictionType'>, SigmaScheduleConfig {
  /** What the model predicts; `flow_prediction` is the velocity of rectified flow. */
  predictionType: PredictionType | 'flow_prediction';
  /** 1, 2 (for guided sampling) or 3 (for unguided sampling). */
  solverOrder: number;
  /** Dynamic thresholding of the clean sample; for pixels only. */
  thresholding: boolean;
  /** The quantile of |x₀| that thresholding takes as the bound. */
  dynamicThresholdingRatio: number;
  /** Thresholding's largest bound. */
  sampleMaxValue: number;
  /** Which integral is solved, as an ODE or an SDE. */
  algorithmType: DPMSolverAlgorithm;
  /** Rule of the second-order update. */
  solverType: 'midpoint' | 'heun';
  /** Lower orders in the last steps of runs shorter than 15: steadier. */
  lowerOrderFinal: boolean;
  /** A first-order last step whatever the length of the run. */
  eulerAtFinal: boolean;
  /** σs evenly spaced in ln σ, as DPM-Solver's authors have them. */
  useLuLambdas: boolean;
  /** σs of rectified flow. */
  useFlowSigmas: boolean;
  /** Shift of the flow σs. */
  flowShift: number;
  /** σ after the last step: none, or that of training timestep 0. */
  finalSigmasType: 'zero' | 'sigma_min';
  /** Timesteps whose λ lies below this are not used; −5.1 is right for `squaredcos_cap_v2`. Null: all are used. */
  lambdaMinClipped: number | null;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

const defaults: DPMSolverMultistepConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  solverOrder: 2,
  predictionType: 'epsilon',
  thresholding: false,
  dynamicThresholdingRatio: 0.995,
  sampleMaxValue: 1,
  algorithmType: 'dpmsolver++',
  solverType: 'midpoint',
  lowerOrderFinal: true,
  eulerAtFinal: false,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  useLuLambdas: false,
  useFlowSigmas: false,
  flowShift: 1,
  finalSigmasType: 'zero',
  lambdaMinClipped: null,
  timestepSpacing: 'linspace',
  stepsOffset: 0,
  rescaleBetasZeroSnr: false,
};

/** Runs shorter than this are the ones that `lowerOrderFinal` speaks of. */
const FEW_STEPS = 15;

/**
 * DPM-Solver and DPM-Solver++ in their multistep form: the best picture for 15–25 UNet calls.
 *
 * With `useKarrasSigmas` it is "DPM++ 2M Karras"; with `sde-dpmsolver++`, "DPM++ 2M SDE".
 * Lu et al. 2022, 2206.00927 and 2211.01095; agrees with diffusers' class.
 */
export class DPMSolverMultistepScheduler extends Scheduler {
  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig(json: Readonly<Record<string, unknown>>): DPMSolverMultistepScheduler {
    const picked = readConfig(defaults, json);
    // Names of the solvers of DEIS, UniPC and SA-Solver mean "your default" here, as in diffusers.
    if (['logrho', 'bh1', 'bh2'].includes(picked.solverType as string)) picked.solverType = 'midpoint';
    if (['deis', 'data_prediction', 'noise_prediction'].includes(picked.algorithmType as string)) picked.algorithmType = 'dpmsolver++';
    return new DPMSolverMultistepScheduler(picked);
  }

  readonly className = 'DPMSolverMultistepScheduler';
  readonly config: Readonly<DPMSolverMultistepConfig>;
  override sigmas: readonly number[];
  private readonly trainingSigmas: Float32Array;
  /** Converted predictions of the run, newest first, `solverOrder` of them at most. */
  private outputs: Tensor[] = [];

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value, or settings that exclude each other. */
  constructor(config: Partial<DPMSolverMultistepConfig> = {}) {
    super(config);
    this.config = completeConfig('DPMSolverMultistepScheduler', defaults, config, {
      predictionType: oneOf('epsilon', 'sample', 'v_prediction', 'flow_prediction'),
    });
    requireOneSigmaSchedule('DPMSolverMultistepScheduler', this.config);
    this.requireCompatibleSettings();
    this.trainingSigmas = sigmasOf(alphasCumprodForSigmas(this.config));
    this.sigmas = [...this.trainingSigmas];
    if (this.lastTimestep() < 1) throw settingError(this.className, 'lambdaMinClipped', this.config.lambdaMinClipped, `less than λ of the least noisy timestep, ${-Math.log(this.trainingSigmas[0]!)}`);
  }

  override get history(): readonly Tensor[] {
    return this.outputs.slice(0, this.historyLength);
  }

  override set history(kept: readonly Tensor[]) {
    this.outputs = [...kept];
  }

  override get historyLength(): number {
    return this.config.solverOrder - 1;
  }

  override setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    const { config, trainingSigmas } = this;
    requireStepCount(numInferenceSteps, config.numTrainTimesteps);
    const ownSigmas = config.useKarrasSigmas || config.useExponentialSigmas || config.useBetaSigmas || config.useLuLambdas || config.useFlowSigmas;
    this.checkExplicit(numInferenceSteps, options, ownSigmas ? [] : ['timesteps']);
    const { timesteps, sigmas } = this.schedule(numInferenceSteps, options.timesteps);
    const last = config.finalSigmasType === 'zero' ? 0 : trainingSigmas[0]!;
    this.sigmas = [...sigmas, last].map(Math.fround);
    this.timesteps = timesteps.map(Math.trunc);
    this.outputs = [];
    this.beginRun();
  }

  override step(modelOutput: Tensor, timestep: number, sample: Tensor, options: StepOptions = {}): StepOutput {
    const { config } = this;
    const index = this.indexFor(timestep);
    const level = this.level(index);
    const original = this.threshold(this.originalSample(modelOutput, sample, level));
    this.outputs = [this.convert(modelOutput, sample, original, level), ...this.outputs].slice(0, config.solverOrder);

    const order = Math.min(this.orderAt(index), this.outputs.length);
    const noise = config.algorithmType.startsWith('sde') ? this.noise(sample, options) : undefined;
    const levels = Array.from({ length: order + 1 }, (_, i) => this.level(index + 1 - i));
    const prevSample = dpmSolverUpdate(config.algorithmType, config.solverType, levels, this.outputs.slice(0, order), sample, noise);
    this.advance();
    return { prevSample, predOriginalSample: original };
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const { alpha, sigma } = this.level(this.indexForNoise(timestep));
    return noised(original, noise, alpha, sigma);
  }

  private schedule(steps: number, explicit: readonly number[] | undefined): { timesteps: readonly number[]; sigmas: readonly number[] } {
    const { config, trainingSigmas } = this;
    if (config.useFlowSigmas) {
      const shift = config.flowShift;
      const ramp = linspace(1, 1 / config.numTrainTimesteps, steps + 1).map((alpha) => 1 - alpha);
      const sigmas = ramp.map((sigma) => (shift * sigma) / (1 + (shift - 1) * sigma)).reverse().slice(0, steps);
      return { sigmas, timesteps: sigmas.map((sigma) => sigma * config.numTrainTimesteps) };
    }
    const smallest = trainingSigmas[0]!;
    const largest = trainingSigmas.at(-1)!;
    const logSigmas = trainingSigmas.map(Math.log);
    const even = config.useLuLambdas ? linspace(logSigmas.at(-1)!, logSigmas[0]!, steps).map(Math.exp) : undefined;
    const sigmas = alternativeSigmas(config, smallest, largest, steps) ?? even;
    if (sigmas) {
      const timesteps = sigmas.map((sigma) => timestepOfSigma(sigma, logSigmas));
      const rounds = (config.useKarrasSigmas || config.useLuLambdas) && config.betaSchedule !== 'squaredcos_cap_v2';
      return { sigmas, timesteps: rounds ? timesteps.map(roundHalfToEven) : timesteps };
    }
    const timesteps = explicit ?? spaceTimesteps(config.timestepSpacing, steps, { ...config, dropLast: true, interpolated: true, lastTimestep: this.lastTimestep() });
    return { timesteps, sigmas: sigmasAt(timesteps, trainingSigmas) };
  }

  /** One more than the noisiest timestep whose λ = −ln σ is not below `lambdaMinClipped`. */
  private lastTimestep(): number {
    const { lambdaMinClipped, numTrainTimesteps } = this.config;
    if (lambdaMinClipped === null) return numTrainTimesteps;
    return this.trainingSigmas.filter((sigma) => -Math.log(sigma) >= lambdaMinClipped).length;
  }

  private level(index: number): NoiseLevel {
    const ratio = this.sigmas[index]!;
    const alpha = this.config.useFlowSigmas ? 1 - ratio : 1 / Math.sqrt(ratio ** 2 + 1);
    const sigma = this.config.useFlowSigmas ? ratio : ratio * alpha;
    return { alpha, sigma, lambda: Math.log(alpha) - Math.log(sigma) };
  }

  private originalSample(modelOutput: Tensor, sample: Tensor, { alpha, sigma }: NoiseLevel): Tensor {
    const { predictionType } = this.config;
    // x₀ = x − σ·v for flow, which is the ε formula with a signal share of one.
    return predictionType === 'flow_prediction'
      ? originalSample('epsilon', modelOutput, sample, 1, sigma)
      : originalSample(predictionType, modelOutput, sample, alpha, sigma);
  }

  private threshold(original: Tensor): Tensor {
    const { thresholding, dynamicThresholdingRatio, sampleMaxValue } = this.config;
    return thresholding ? dynamicThreshold(original, dynamicThresholdingRatio, sampleMaxValue) : original;
  }

  /** The prediction in the form whose integral is solved: x₀ or ε. */
  private convert(modelOutput: Tensor, sample: Tensor, original: Tensor, { alpha, sigma }: NoiseLevel): Tensor {
    const { algorithmType, predictionType, thresholding } = this.config;
    if (algorithmType.endsWith('++')) return original;
    if (thresholding || predictionType === 'flow_prediction') return epsilon('sample', original, sample, alpha, sigma);
    return epsilon(predictionType, modelOutput, sample, alpha, sigma);
  }

  private orderAt(index: number): number {
    const { solverOrder, lowerOrderFinal, eulerAtFinal, finalSigmasType } = this.config;
    const left = this.timesteps.length - index;
    const few = lowerOrderFinal && this.timesteps.length < FEW_STEPS;
    if (left === 1 && (eulerAtFinal || few || finalSigmasType === 'zero')) return 1;
    if (left === 2 && few) return Math.min(solverOrder, 2);
    return solverOrder;
  }

  private requireCompatibleSettings(): void {
    const { algorithmType, finalSigmasType, solverOrder } = this.config;
    if (!algorithmType.endsWith('++') && finalSigmasType === 'zero') {
      throw new FrameloomError('FL_SCHEDULER_CONFIG', `DPMSolverMultistepScheduler: algorithmType ${algorithmType} cannot end at a sigma of zero. Set finalSigmasType to 'sigma_min', or use ${algorithmType}++.`);
    }
    if (algorithmType === 'sde-dpmsolver' && solverOrder === 3) {
      throw new FrameloomError('FL_SCHEDULER_CONFIG', 'DPMSolverMultistepScheduler: sde-dpmsolver has no third order. Set solverOrder to 2, or use sde-dpmsolver++.');
    }
  }
}
