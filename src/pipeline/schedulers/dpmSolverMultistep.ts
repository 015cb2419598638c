import { FrameloomError, type Tensor } from '../core/index.js';
import { type DPMSolverAlgorithm, dpmSolverUpdate } from './dpmSolver.js';
import {
  orderAt,
  requireFlowAsSample,
  requireShifting,
  type SolverConfig,
  solverDefaults,
  SolverScheduler,
  solverSettingChecks,
} from './families/solverScheduler.js';
import type { RunKnob, TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import type { SchedulerState } from './schedulerState.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link DPMSolverMultistepScheduler}. */
export interface DPMSolverMultistepConfig extends SolverConfig {
  /** 1, 2 (for guided sampling) or 3 (for unguided sampling). */
  solverOrder: number;
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
  /** σ after the last step: none, or that of training timestep 0. */
  finalSigmasType: 'zero' | 'sigma_min';
  /** Timesteps whose λ lies below this are not used; −5.1 is right for `squaredcos_cap_v2`. Null: all are used. */
  lambdaMinClipped: number | null;
  /** Whether the network predicts its variance too, in further channels that are left out; null where it does not. */
  varianceType: 'learned' | 'learned_range' | null;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
  /** Whether flow σs are shifted by e^`mu`, a knob of the run, in the place of `flowShift`. */
  useDynamicShifting: boolean;
  /** How `mu` shifts; `exponential` only. */
  timeShiftType: 'exponential' | 'linear';
}

const defaults: DPMSolverMultistepConfig = {
  ...solverDefaults,
  solverOrder: 2,
  algorithmType: 'dpmsolver++',
  solverType: 'midpoint',
  lowerOrderFinal: true,
  eulerAtFinal: false,
  useLuLambdas: false,
  finalSigmasType: 'zero',
  lambdaMinClipped: null,
  varianceType: null,
  rescaleBetasZeroSnr: false,
  useDynamicShifting: false,
  timeShiftType: 'exponential',
};

/** What a multistep solver remembers. */
export type MultistepMemory = {
  /** Converted predictions of earlier steps, newest first, as many as the next step can take. */
  outputs: readonly Tensor[];
};

/**
 * DPM-Solver and DPM-Solver++ in their multistep form: the best picture for 15–25 UNet calls.
 *
 * With `useKarrasSigmas` it is "DPM++ 2M Karras"; with `sde-dpmsolver++`, "DPM++ 2M SDE".
 * Lu et al. 2022, 2206.00927 and 2211.01095; agrees with diffusers' class.
 */
export class DPMSolverMultistepScheduler extends SolverScheduler<DPMSolverMultistepConfig, MultistepMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className: string = 'DPMSolverMultistepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: DPMSolverMultistepConfig = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs: readonly RunKnob[] = ['timesteps', 'mu'];
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = solverSettingChecks;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static requireFitting(config: DPMSolverMultistepConfig): void {
    requireOneSigmaSchedule(this.className, config);
    requireShifting(this.className, config);
    requireFlowAsSample(this.className, config);
    const { algorithmType, finalSigmasType, solverOrder } = config;
    if (!algorithmType.endsWith('++') && finalSigmasType === 'zero') {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: algorithmType ${algorithmType} cannot end at a sigma of zero. Set finalSigmasType to 'sigma_min', or use ${algorithmType}++.`,
      );
    }
    if (algorithmType === 'sde-dpmsolver' && solverOrder === 3) {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: sde-dpmsolver has no third order. Set solverOrder to 2, or use sde-dpmsolver++.`,
      );
    }
  }

  /** Other solvers' words for algorithm and rule mean this one's own, as in diffusers. */
  static fromPeer(settings: Partial<DPMSolverMultistepConfig>): Partial<DPMSolverMultistepConfig> {
    return withoutPeerWords(settings, {
      algorithmType: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++'],
      solverType: ['midpoint', 'heun'],
    });
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder - 1;
  }

  /** Runs captured before the memory was laid out by name hold its tensors only. */
  override restore({ tensors, numbers }: SchedulerState): void {
    super.restore({ tensors, numbers: numbers.length > 1 ? numbers : [numbers[0] ?? 0, tensors.length] });
  }

  protected override freshMemory(): MultistepMemory {
    return { outputs: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.take(this.schedule(numInferenceSteps, options), this.config.finalSigmasType === 'zero' ? 0 : this.trainingSigmas[0]!);
  }

  protected override roundedTimesteps(timesteps: readonly number[]): readonly number[] {
    return this.config.betaSchedule === 'squaredcos_cap_v2' ? timesteps : super.roundedTimesteps(timesteps);
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { algorithmType, solverType } = this.config;
    const { converted, original } = this.convert(algorithmType.endsWith('++') ? 'sample' : 'epsilon', modelOutput, sample, index);
    const outputs = [converted, ...this.memory.outputs];
    const order = Math.min(this.orderAt(index), outputs.length);
    const noise = algorithmType.startsWith('sde') ? this.noise(sample, options) : undefined;
    const levels = Array.from({ length: order + 1 }, (_, i) => this.level(index + 1 - i));
    const prevSample = dpmSolverUpdate(algorithmType, solverType, levels, outputs.slice(0, order), sample, noise);
    this.memory.outputs = outputs.slice(0, this.config.solverOrder - 1);
    return { prevSample, predOriginalSample: original };
  }

  /** Order of a step: that of the settings, lower in the last ones. */
  protected orderAt(index: number): number {
    const { eulerAtFinal, finalSigmasType } = this.config;
    return orderAt(index, this.timesteps.length, this.config, eulerAtFinal || finalSigmasType === 'zero');
  }
}
