import { FrameloomError, oneOf, type Tensor, weightedSum } from '../core/index.js';
import { type SolverConfig, solverDefaults, SolverScheduler, solverSettingChecks } from './families/solverScheduler.js';
import type { TimestepOptions } from './runOptions.js';
import { adamsCoefficients } from './saCoefficients.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link SASolverScheduler}. */
export interface SASolverConfig extends SolverConfig {
  /** 1 to 4. */
  predictorOrder: number;
  /** 1 to 4. */
  correctorOrder: number;
  /** How stochastic each step is: `[tau, from, to]` is τ = `tau` at timesteps from `from` to `to` and 0 elsewhere; null is `[1, 200, 800]`. */
  tauFunc: readonly [tau: number, from: number, to: number] | null;
  /** Which integral is solved. */
  algorithmType: 'data_prediction' | 'noise_prediction';
  /** Lower orders in the last steps. */
  lowerOrderFinal: boolean;
  /** Timesteps whose λ lies below this are not used. Null: all are used. */
  lambdaMinClipped: number | null;
  /** Whether the network predicts its variance too, in further channels that are left out; null where it does not. */
  varianceType: 'learned' | 'learned_range' | null;
}

const defaults: SASolverConfig = {
  ...solverDefaults,
  predictorOrder: 2,
  correctorOrder: 2,
  tauFunc: null,
  algorithmType: 'data_prediction',
  lowerOrderFinal: true,
  lambdaMinClipped: null,
  varianceType: null,
};

/** What SA-Solver remembers. */
export type SASolverMemory = {
  /** Converted predictions of earlier steps, newest first. */
  outputs: readonly Tensor[];
  /** The corrected sample that the last step set out from. */
  lastSample: Tensor | undefined;
  /** The noise of the last step. */
  lastNoise: Tensor | undefined;
  /** Steps done, up to the orders of the settings. */
  lowerOrderNums: number;
  /** Corrector's order of the last step. */
  correctorOrder: number;
};

/**
 * SA-Solver: stochastic Adams methods, a predictor and a corrector, with noise where τ is above 0.
 *
 * Xue et al. 2023, "SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models"; agrees with diffusers' class.
 */
export class SASolverScheduler extends SolverScheduler<SASolverConfig, SASolverMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'SASolverScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { ...solverSettingChecks, algorithmType: oneOf('data_prediction', 'noise_prediction') };

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static requireFitting(config: SASolverConfig): void {
    requireOneSigmaSchedule(this.className, config);
    if (config.algorithmType === 'noise_prediction' && config.predictionType === 'flow_prediction')
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: a velocity of flow is integrated as the clean sample. Set algorithmType to 'data_prediction'.`,
      );
  }

  /** Other solvers' words for algorithm and rule mean this one's own, as in diffusers. */
  static fromPeer(settings: Partial<SASolverConfig>): Partial<SASolverConfig> {
    return withoutPeerWords(settings, { algorithmType: ['data_prediction', 'noise_prediction'] });
  }

  override get mostStateTensors(): number {
    return this.mostOutputs + 2;
  }

  protected override freshMemory(): SASolverMemory {
    return { outputs: [], lastSample: undefined, lastNoise: undefined, lowerOrderNums: 0, correctorOrder: 0 };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const schedule = this.schedule(numInferenceSteps, options);
    this.take(schedule, schedule.alternative ? schedule.sigmas.at(-1)! : this.trainingSigmas[0]!);
  }

  protected override makeStep({ modelOutput, timestep, index, sample: given, options }: StepInput): StepOutput {
    const { predictorOrder, correctorOrder, lowerOrderFinal, algorithmType } = this.config;
    const { outputs: earlier, lastSample, lastNoise, lowerOrderNums, correctorOrder: lastOrder } = this.memory;
    const { converted, original } = this.convert(algorithmType === 'data_prediction' ? 'sample' : 'epsilon', modelOutput, given, index);
    const outputs = [converted, ...earlier];
    const sample =
      index > 0 && lastSample && lastNoise
        ? this.update(index - 1, index, lastSample, outputs, lastOrder, this.tau(this.timesteps[index - 1]!), lastNoise)
        : given;
    const noise = this.noise(modelOutput, options);
    const left = lowerOrderFinal ? this.timesteps.length - index : Infinity;
    const order = Math.min(predictorOrder, left, lowerOrderNums + 1);
    this.memory = {
      outputs: outputs.slice(0, this.mostOutputs),
      lastSample: sample,
      lastNoise: noise,
      lowerOrderNums: Math.min(lowerOrderNums + 1, this.mostOutputs),
      correctorOrder: Math.min(correctorOrder, left + 1, lowerOrderNums + 2),
    };
    return { prevSample: this.update(index, index, sample, outputs, order, this.tau(timestep), noise), predOriginalSample: original };
  }

  private get mostOutputs(): number {
    return Math.max(this.config.predictorOrder, this.config.correctorOrder - 1);
  }

  private tau(timestep: number): number {
    const [tau, from, to] = this.config.tauFunc ?? [1, 200, 800];
    return timestep >= from && timestep <= to ? tau : 0;
  }

  /**
   * A step from entry `index` to the next: the predictor's, or, with `newest` at its end, the corrector's.
   *
   * @param outputs predictions at `newest` and before, newest first.
   */
  private update(
    index: number,
    newest: number,
    sample: Tensor,
    outputs: readonly Tensor[],
    order: number,
    tau: number,
    noise: Tensor,
  ): Tensor {
    const isData = this.config.algorithmType === 'data_prediction';
    const from = this.level(index);
    const to = this.level(index + 1);
    const h = to.lambda - from.lambda;
    const nodes = Array.from({ length: order }, (_, i) => this.level(newest - i).lambda);
    const coefficients = adamsCoefficients(isData, nodes, from.lambda, to.lambda, tau, newest > index ? 'moulton' : 'bashforth');
    const factor = isData ? (1 + tau ** 2) * to.sigma * Math.exp(-(tau ** 2) * to.lambda) : -(1 + tau ** 2) * to.alpha;
    const terms = coefficients.map((coefficient, i): [number, Tensor] => [factor * coefficient, outputs[i]!]);
    const deviation = isData ? to.sigma * Math.sqrt(1 - Math.exp(-2 * tau ** 2 * h)) : tau * to.sigma * Math.sqrt(Math.exp(2 * h) - 1);
    const ratio = isData ? Math.exp(-(tau ** 2) * h) * (to.sigma / from.sigma) : to.alpha / from.alpha;
    return weightedSum([ratio, sample], ...terms, [deviation, noise]);
  }
}
