import { FrameloomError, oneOf, type Tensor, weightedSum } from '../core/index.js';
import {
  type SolverConfig,
  solverDefaults,
  type SolverSchedule,
  SolverScheduler,
  solverSettingChecks,
} from './families/solverScheduler.js';
import { shiftSigmas, stretchToTerminal } from './flowSigmas.js';
import { solveLinear } from './linearSystem.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { linspace } from './timesteps.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link UniPCMultistepScheduler}. */
export interface UniPCMultistepConfig extends SolverConfig {
  /** 1, 2 (for guided sampling) or 3 (for unguided sampling); the corrector's is one more. */
  solverOrder: number;
  /** Whether the clean sample is integrated, or the noise. */
  predictX0: boolean;
  /** B(h) of the paper: `bh1` for many steps without guidance, `bh2` for few. */
  solverType: 'bh1' | 'bh2';
  /** Lower orders in the last steps. */
  lowerOrderFinal: boolean;
  /** Steps, from 0, after which the corrector rests; with strong guidance the first ones. */
  disableCorrector: readonly number[];
  /** diffusers' other scheduler in the predictor's place; always null here, where UniPC predicts itself. */
  solverP: null;
  /** σ after the last step: none, or the least. */
  finalSigmasType: 'zero' | 'sigma_min';
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
  /** Whether flow σs are shifted by `mu`, a knob of the run, in the place of `flowShift`. */
  useDynamicShifting: boolean;
  /** Whether `mu` shifts by its exponential or by itself. */
  timeShiftType: 'exponential' | 'linear';
  /** Smallest σ of the Karras, exponential or beta schedule; null: that of the noise schedule. */
  sigmaMin: number | null;
  /** Largest σ of the Karras, exponential or beta schedule; null: that of the noise schedule. */
  sigmaMax: number | null;
  /** With flow σs: where the last one before the end is stretched to; null: nowhere. */
  shiftTerminal: number | null;
}

const defaults: UniPCMultistepConfig = {
  ...solverDefaults,
  solverOrder: 2,
  predictX0: true,
  solverType: 'bh2',
  lowerOrderFinal: true,
  disableCorrector: [],
  solverP: null,
  finalSigmasType: 'zero',
  rescaleBetasZeroSnr: false,
  useDynamicShifting: false,
  timeShiftType: 'exponential',
  sigmaMin: null,
  sigmaMax: null,
  shiftTerminal: null,
};

/** What UniPC remembers. */
export type UniPCMemory = {
  /** Converted predictions of earlier steps, newest first. */
  outputs: readonly Tensor[];
  /** The corrected sample that the last step set out from. */
  lastSample: Tensor | undefined;
  /** Steps done, up to the order of the settings. */
  lowerOrderNums: number;
  /** Order of the last step. */
  thisOrder: number;
};

/**
 * UniPC: a multistep predictor whose sample is corrected by the next prediction, at no further UNet call; good from 5 steps on.
 *
 * Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models"; agrees with diffusers' class.
 */
export class UniPCMultistepScheduler extends SolverScheduler<UniPCMultistepConfig, UniPCMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'UniPCMultistepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['sigmas', 'mu'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { ...solverSettingChecks, solverType: oneOf('bh1', 'bh2') };
  protected override readonly sigmasHoldLast = false;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static requireFitting(config: UniPCMultistepConfig): void {
    requireOneSigmaSchedule(this.className, config);
    const fail = (message: string) => new FrameloomError('FL_SCHEDULER_CONFIG', `${this.className}: ${message}`);
    if (config.shiftTerminal !== null && !config.useFlowSigmas)
      throw fail('shiftTerminal stretches the σs of flow. Set useFlowSigmas to true, or leave it out.');
    if (!config.predictX0 && config.finalSigmasType === 'zero')
      throw fail("with predictX0 false a run cannot end at a sigma of zero. Set finalSigmasType to 'sigma_min', or leave predictX0 out.");
    if (!config.predictX0 && config.predictionType === 'flow_prediction')
      throw fail('a velocity of flow is integrated as the clean sample. Set predictX0 to true.');
  }

  /** Other solvers' words for algorithm and rule mean this one's own, as in diffusers. */
  static fromPeer(settings: Partial<UniPCMultistepConfig>): Partial<UniPCMultistepConfig> {
    return withoutPeerWords(settings, { solverType: ['bh1', 'bh2'] });
  }

  override get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    const { useFlowSigmas, useKarrasSigmas, useExponentialSigmas, useBetaSigmas } = this.config;
    return useFlowSigmas && !useKarrasSigmas && !useExponentialSigmas && !useBetaSigmas ? ['sigmas'] : [];
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder + 1;
  }

  protected override freshMemory(): UniPCMemory {
    return { outputs: [], lastSample: undefined, lowerOrderNums: 0, thisOrder: 0 };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const schedule = this.schedule(numInferenceSteps, options);
    const { useFlowSigmas, useKarrasSigmas, numTrainTimesteps, finalSigmasType } = this.config;
    const sigmas = useFlowSigmas && useKarrasSigmas ? schedule.sigmas.map((sigma) => sigma / (sigma + 1)) : schedule.sigmas;
    const timesteps = useFlowSigmas && useKarrasSigmas ? sigmas.map((sigma) => sigma * numTrainTimesteps) : schedule.timesteps;
    const least = schedule.alternative ? sigmas.at(-1)! : this.trainingSigmas[0]!;
    this.take({ timesteps, sigmas }, finalSigmasType === 'zero' ? 0 : least);
  }

  protected override flowSchedule(steps: number, { sigmas: explicit, mu }: TimestepOptions): Pick<SolverSchedule, 'timesteps' | 'sigmas'> {
    const { numTrainTimesteps, flowShift, shiftTerminal, timeShiftType, useDynamicShifting } = this.config;
    const even = explicit ?? linspace(1, 1 / numTrainTimesteps, steps + 1).slice(0, steps);
    const shifted = shiftSigmas(even, useDynamicShifting ? { mu, type: timeShiftType } : { shift: flowShift });
    const sigmas = shiftTerminal ? stretchToTerminal(shifted, shiftTerminal) : [...shifted];
    // λ of pure noise is no number.
    if (Math.abs(sigmas[0]! - 1) < 1e-6) sigmas[0]! -= 1e-6;
    return { sigmas, timesteps: sigmas.map((sigma) => sigma * numTrainTimesteps) };
  }

  protected override makeStep({ modelOutput, index, sample: given }: StepInput): StepOutput {
    const { solverOrder, lowerOrderFinal, disableCorrector, predictX0 } = this.config;
    const { lastSample, outputs: earlier, lowerOrderNums, thisOrder } = this.memory;
    const { converted, original } = this.convert(predictX0 ? 'sample' : 'epsilon', modelOutput, given, index);
    const corrects = index > 0 && lastSample !== undefined && !disableCorrector.includes(index - 1);
    const sample = corrects ? this.update(index - 1, lastSample, earlier, thisOrder, converted) : given;
    const outputs = [converted, ...earlier].slice(0, solverOrder);
    const most = lowerOrderFinal ? Math.min(solverOrder, this.timesteps.length - index) : solverOrder;
    const order = this.sigmas[index + 1] === 0 ? 1 : Math.min(most, lowerOrderNums + 1);
    this.memory = { outputs, lastSample: sample, lowerOrderNums: Math.min(lowerOrderNums + 1, solverOrder), thisOrder: order };
    return { prevSample: this.update(index, sample, outputs, order, undefined), predOriginalSample: original };
  }

  /**
   * A step from entry `index` by the predictor, or, with the prediction at its end, by the corrector.
   *
   * @param outputs predictions at `index` and before, newest first.
   */
  private update(index: number, sample: Tensor, outputs: readonly Tensor[], order: number, end: Tensor | undefined): Tensor {
    const { predictX0, solverType } = this.config;
    const from = this.level(index);
    const to = this.level(index + 1);
    const h = to.lambda - from.lambda;
    if (h === 0) return sample;
    const hh = predictX0 ? -h : h;
    const phi1 = Math.expm1(hh);
    const [ratio, share] = predictX0 ? [to.sigma / from.sigma, to.alpha] : [to.alpha / from.alpha, to.sigma];
    const weights = outputs.slice(0, order).map(() => 0);
    weights[0] = -share * phi1;
    let endWeight = 0;
    if (order > 1 || end) {
      const bh = solverType === 'bh1' ? hh : phi1;
      const rks = Array.from({ length: order - 1 }, (_, i) => (this.level(index - i - 1).lambda - from.lambda) / h);
      const rhos = shares(end ? [...rks, 1] : rks, hh, phi1, bh, order, end !== undefined);
      for (const [i, rk] of rks.entries()) {
        const weight = (-share * bh * rhos[i]!) / rk;
        weights[i + 1]! += weight;
        weights[0] -= weight;
      }
      if (end) {
        endWeight = -share * bh * rhos.at(-1)!;
        weights[0] -= endWeight;
      }
    }
    const terms = weights.map((weight, i): [number, Tensor] => [weight, outputs[i]!]);
    return weightedSum([ratio, sample], ...terms, ...(end ? [[endWeight, end] as [number, Tensor]] : []));
  }
}

/** The shares of the differences: equation 8 of the paper, in closed form where the paper has one. */
function shares(rks: readonly number[], hh: number, phi1: number, bh: number, order: number, corrects: boolean): readonly number[] {
  if (corrects ? order === 1 : order === 2) return [0.5];
  let phi = phi1 / hh - 1;
  let factorial = 1;
  const b = rks.map((_, i) => {
    const value = (phi * factorial) / bh;
    factorial *= i + 2;
    phi = phi / hh - 1 / factorial;
    return value;
  });
  return solveLinear(
    rks.map((_, power) => rks.map((rk) => rk ** power)),
    b,
  );
}
