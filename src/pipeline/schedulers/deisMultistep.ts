import { oneOf, type Tensor, weightedSum } from '../core/index.js';
import {
  orderAt,
  requireShifting,
  type SolverConfig,
  solverDefaults,
  SolverScheduler,
  solverSettingChecks,
} from './families/solverScheduler.js';
import type { MultistepMemory } from './dpmSolverMultistep.js';
import { epsilon } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link DEISMultistepScheduler}. */
export interface DEISMultistepConfig extends SolverConfig {
  /** 1, 2 or 3. */
  solverOrder: number;
  /** The only one there is. */
  algorithmType: 'deis';
  /** The only one there is: the polynomial stands in ln ρ, ρ = σ ⁄ α. */
  solverType: 'logrho';
  /** Lower orders in the last steps of runs shorter than 15: steadier. */
  lowerOrderFinal: boolean;
  /** Whether flow σs are shifted by e^`mu`, a knob of the run, in the place of `flowShift`. */
  useDynamicShifting: boolean;
  /** How `mu` shifts; `exponential` only. */
  timeShiftType: 'exponential' | 'linear';
}

const defaults: DEISMultistepConfig = {
  ...solverDefaults,
  solverOrder: 2,
  algorithmType: 'deis',
  solverType: 'logrho',
  lowerOrderFinal: true,
  useDynamicShifting: false,
  timeShiftType: 'exponential',
};

/**
 * DEIS: the last predictions of noise, as a polynomial in ln ρ, integrated exactly over the step.
 *
 * Zhang & Chen 2022, "Fast Sampling of Diffusion Models with Exponential Integrator", log-ρ multistep; agrees with diffusers' class.
 */
export class DEISMultistepScheduler extends SolverScheduler<DEISMultistepConfig, MultistepMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'DEISMultistepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['mu'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { ...solverSettingChecks, algorithmType: oneOf('deis'), solverType: oneOf('logrho') };

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static requireFitting(config: DEISMultistepConfig): void {
    requireOneSigmaSchedule(this.className, config);
    requireShifting(this.className, config);
  }

  /** Other solvers' words for algorithm and rule mean this one's own, as in diffusers. */
  static fromPeer(settings: Partial<DEISMultistepConfig>): Partial<DEISMultistepConfig> {
    return withoutPeerWords(settings, { algorithmType: ['deis'], solverType: ['logrho'] });
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder - 1;
  }

  protected override freshMemory(): MultistepMemory {
    return { outputs: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const schedule = this.schedule(numInferenceSteps, options);
    this.take(schedule, schedule.alternative ? schedule.sigmas.at(-1)! : this.trainingSigmas[0]!);
  }

  protected override makeStep({ modelOutput, index, sample }: StepInput): StepOutput {
    const { alpha, sigma } = this.level(index);
    const to = this.level(index + 1);
    const { original } = this.convert('sample', modelOutput, sample, index);
    const outputs = [epsilon('sample', original, sample, alpha, sigma), ...this.memory.outputs];
    const order = Math.min(orderAt(index, this.timesteps.length, this.config), outputs.length);
    this.memory = { outputs: outputs.slice(0, this.config.solverOrder - 1) };
    const rhos = Array.from({ length: order }, (_, i) => rhoOf(this.level(index - i)));
    // A step of no length leaves the sample as it is.
    const weights = rhos.map((_, which) => (to.lambda === this.level(index).lambda ? 0 : logRhoIntegral(rhos, which, rhos[0]!, rhoOf(to))));
    const terms = outputs.slice(0, order).map((output, i): [number, Tensor] => [to.alpha * weights[i]!, output]);
    return { prevSample: weightedSum([to.alpha / alpha, sample], ...terms), predOriginalSample: original };
  }
}

function rhoOf({ alpha, sigma }: { alpha: number; sigma: number }): number {
  return sigma / alpha;
}

/** ∫ dρ over `from`…`to` of the polynomial in ln ρ that is 1 at node `which` and 0 at the others; one node to three. */
function logRhoIntegral(nodes: readonly number[], which: number, from: number, to: number): number {
  const others = nodes.filter((_, k) => k !== which).map(Math.log);
  const own = Math.log(nodes[which]!);
  const scale = others.reduce((product, node) => product * (own - node), 1);
  return (antiderivative(to, others) - antiderivative(from, others)) / scale;
}

/** ∫ Π (ln ρ − node) dρ, with ρ·ln ρ taken as 0 at ρ = 0. */
function antiderivative(rho: number, [c, d]: readonly number[]): number {
  if (rho === 0 || c === undefined) return rho;
  const log = Math.log(rho);
  if (d === undefined) return rho * (log - c - 1);
  return rho * (log ** 2 - (2 + c + d) * log + (2 + c + d + c * d));
}
