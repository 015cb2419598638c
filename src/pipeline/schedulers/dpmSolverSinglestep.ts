import { FrameloomError, oneOf, type Tensor, weightedSum } from '../core/index.js';
import { type DPMSolverAlgorithm, dpmSolverFactors, type NoiseLevel } from './dpmSolver.js';
import {
  requireFlowAsSample,
  requireShifting,
  type SolverConfig,
  solverDefaults,
  SolverScheduler,
  solverSettingChecks,
} from './families/solverScheduler.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link DPMSolverSinglestepScheduler}; its timesteps are spaced `linspace`, whatever `timestepSpacing` says elsewhere. */
export interface DPMSolverSinglestepConfig extends Omit<SolverConfig, 'timestepSpacing' | 'stepsOffset'> {
  /** 1, 2 (for guided sampling) or 3 (for unguided sampling). */
  solverOrder: number;
  /** Which integral is solved, as an ODE or an SDE. */
  algorithmType: Exclude<DPMSolverAlgorithm, 'sde-dpmsolver'>;
  /** Rule of the updates of higher order. */
  solverType: 'midpoint' | 'heun';
  /** Lower orders in the last steps; always where the number of steps is no multiple of the order, or the run ends at σ = 0. */
  lowerOrderFinal: boolean;
  /** σ after the last step: none, or that of training timestep 0. */
  finalSigmasType: 'zero' | 'sigma_min';
  /** Timesteps whose λ lies below this are not used. Null: all are used. */
  lambdaMinClipped: number | null;
  /** Whether the network predicts its variance too, in further channels that are left out; null where it does not. */
  varianceType: 'learned' | 'learned_range' | null;
  /** Whether flow σs are shifted by e^`mu`, a knob of the run, in the place of `flowShift`. */
  useDynamicShifting: boolean;
  /** How `mu` shifts; `exponential` only. */
  timeShiftType: 'exponential' | 'linear';
}

const { timestepSpacing, stepsOffset, ...shared } = solverDefaults;
const defaults: DPMSolverSinglestepConfig = {
  ...shared,
  solverOrder: 2,
  algorithmType: 'dpmsolver++',
  solverType: 'midpoint',
  lowerOrderFinal: false,
  finalSigmasType: 'zero',
  lambdaMinClipped: null,
  varianceType: null,
  useDynamicShifting: false,
  timeShiftType: 'exponential',
};

/** What it remembers. */
export type SinglestepMemory = {
  /** Where the group of steps under way set out from. */
  start: Tensor | undefined;
  /** Converted predictions of earlier steps, newest first. */
  outputs: readonly Tensor[];
};

/**
 * DPM-Solver and DPM-Solver++ in their single-step form: steps in groups of as many as the order, each group from its own beginning.
 *
 * Lu et al. 2022, 2206.00927 (algorithms 1 and 2) and 2211.01095 (algorithm 1); agrees with diffusers' class.
 */
export class DPMSolverSinglestepScheduler extends SolverScheduler<DPMSolverSinglestepConfig & SolverConfig, SinglestepMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'DPMSolverSinglestepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults as DPMSolverSinglestepConfig & SolverConfig;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'mu'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { ...solverSettingChecks, algorithmType: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver++') };
  /** Order of each step of the run. */
  private orders: readonly number[] = [];

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static requireFitting(config: DPMSolverSinglestepConfig): void {
    requireOneSigmaSchedule(this.className, config);
    requireShifting(this.className, config);
    requireFlowAsSample(this.className, config);
    if (!config.algorithmType.endsWith('++') && config.finalSigmasType === 'zero') {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: algorithmType ${config.algorithmType} cannot end at a sigma of zero. Set finalSigmasType to 'sigma_min', or use ${config.algorithmType}++.`,
      );
    }
  }

  /** Other solvers' words for algorithm and rule mean this one's own, but sde-dpmsolver, which is refused, as in diffusers. */
  static fromPeer(settings: Partial<DPMSolverSinglestepConfig>): Partial<DPMSolverSinglestepConfig> {
    return withoutPeerWords(settings, {
      algorithmType: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++'],
      solverType: ['midpoint', 'heun'],
    });
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder;
  }

  protected override freshMemory(): SinglestepMemory {
    return { start: undefined, outputs: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { solverOrder, lowerOrderFinal, finalSigmasType } = this.config;
    this.take(
      this.schedule(numInferenceSteps, options, () => this.spaced(numInferenceSteps, 'linspace')),
      finalSigmasType === 'zero' ? 0 : this.trainingSigmas[0]!,
    );
    const lower = lowerOrderFinal || numInferenceSteps % solverOrder !== 0 || finalSigmasType === 'zero';
    this.orders = ordersOf(numInferenceSteps, solverOrder, lower).map((order, i) =>
      finalSigmasType === 'zero' && i === numInferenceSteps - 1 ? 1 : order,
    );
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { algorithmType, solverType, solverOrder } = this.config;
    const { converted, original } = this.convert(algorithmType.endsWith('++') ? 'sample' : 'epsilon', modelOutput, sample, index);
    const outputs = [converted, ...this.memory.outputs];
    const noise = algorithmType.startsWith('sde') ? this.noise(modelOutput, options) : undefined;
    // A run that begins within a group has nothing to make its order from.
    const order = Math.min(this.orders[index]!, outputs.length);
    const start = order === 1 ? sample : this.memory.start!;
    const levels = Array.from({ length: order + 1 }, (_, i) => this.level(index + 1 - i));
    this.memory = { start, outputs: outputs.slice(0, solverOrder - 1) };
    return {
      prevSample: singlestepUpdate(algorithmType, solverType, levels, outputs.slice(0, order), start, noise),
      predOriginalSample: original,
    };
  }
}

/** Orders 1, 2, … of each group, with lower ones at the end where the groups do not fill the run or must not. */
function ordersOf(steps: number, order: number, lower: boolean): number[] {
  const group = Array.from({ length: order }, (_, i) => i + 1);
  const orders = Array.from({ length: steps }, (_, i) => group[i % order]!);
  if (!lower) return orders;
  const rest = steps % order;
  // The last group, where it is whole, ends on first order: 1, 2, 1 or 1, 1.
  if (rest === 0 && order > 1) orders[steps - 1] = 1;
  return orders;
}

/**
 * The update of a group's first, second or third step.
 *
 * @param levels the noise level to reach, then those at which `outputs` were made, newest first; the last is where the group began.
 */
function singlestepUpdate(
  algorithm: DPMSolverAlgorithm,
  rule: 'midpoint' | 'heun',
  levels: readonly NoiseLevel[],
  outputs: readonly Tensor[],
  start: Tensor,
  noise: Tensor | undefined,
): Tensor {
  const to = levels[0]!;
  const from = levels.at(-1)!;
  if (to.lambda === from.lambda) return start;
  const f = dpmSolverFactors(algorithm, to, from);
  const h = to.lambda - from.lambda;
  const weights = outputs.map(() => 0);
  weights[outputs.length - 1] = f.c0;
  if (outputs.length === 2) {
    const slope = (rule === 'heun' ? f.heun : f.midpoint) / ((levels[1]!.lambda - from.lambda) / h);
    weights[0]! += slope;
    weights[1]! -= slope;
  } else if (outputs.length === 3) {
    const r0 = (levels[1]!.lambda - from.lambda) / h;
    const r1 = (levels[2]!.lambda - from.lambda) / h;
    // Slopes to the group's beginning: of the newest output, (m0 − m2)/r0, and of the one before, (m1 − m2)/r1.
    const newest = rule === 'heun' ? (-f.heun * r1 + 2 * f.c2) / (r0 - r1) : f.heun;
    const before = rule === 'heun' ? (f.heun * r0 - 2 * f.c2) / (r0 - r1) : 0;
    weights[0]! += newest / r0;
    weights[1]! += before / r1;
    weights[2]! -= newest / r0 + before / r1;
  }
  const terms: [number, Tensor][] = [[f.ratio, start], ...outputs.map((output, i): [number, Tensor] => [weights[i]!, output])];
  return weightedSum(...terms, ...(noise ? [[f.noise, noise] as [number, Tensor]] : []));
}
