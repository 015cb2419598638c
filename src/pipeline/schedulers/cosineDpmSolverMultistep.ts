import { wholeNumber } from '../core/index.js';
import { BrownianTree } from './brownianTree.js';
import { dpmSolverUpdate } from './dpmSolver.js';
import type { MultistepMemory } from './dpmSolverMultistep.js';
import { noiseLevel } from './edmDpmSolverMultistep.js';
import { type EDMConfig, edmDefaults, EDMScheduler } from './families/edmScheduler.js';
import { orderAt } from './families/solverScheduler.js';
import { type StepOptions, type TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { seededSource } from './seededSource.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link CosineDPMSolverMultistepScheduler}. */
export interface CosineDPMSolverMultistepConfig extends EDMConfig {
  /** 1 or 2. */
  solverOrder: number;
  /** Rule of the second-order update. */
  solverType: 'midpoint' | 'heun';
  /** Lower orders in the last steps of runs shorter than 15: steadier. */
  lowerOrderFinal: boolean;
  /** A first-order last step whatever the length of the run. */
  eulerAtFinal: boolean;
}

/**
 * The SDE form of DPM-Solver++ on a cosine schedule of EDM, whose noise is a Brownian motion over σ: the same seed gives nearly the
 * same result at any number of steps. The network is told atan(σ)·2⁄π. The scheduler of Stable Audio.
 *
 * Nichol & Dhariwal 2021; Lu et al. 2022, 2211.01095; Evans et al. 2024, "Stable Audio Open"; agrees with diffusers' class.
 */
export class CosineDPMSolverMultistepScheduler extends EDMScheduler<CosineDPMSolverMultistepConfig, MultistepMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'CosineDPMSolverMultistepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: CosineDPMSolverMultistepConfig = {
    ...edmDefaults,
    sigmaMin: 0.3,
    sigmaMax: 500,
    sigmaData: 1,
    sigmaSchedule: 'exponential',
    predictionType: 'v_prediction',
    solverOrder: 2,
    solverType: 'midpoint',
    lowerOrderFinal: true,
    eulerAtFinal: false,
  };
  /** @internal Checks of settings for which it takes something else than the others. */
  static override readonly settingChecks = { ...EDMScheduler.settingChecks, solverOrder: wholeNumber(1, 2) };
  private tree: BrownianTree | undefined;

  /** Names of the solvers of DEIS and UniPC mean "your default" here, as in diffusers. */
  static fromPeer(settings: Partial<CosineDPMSolverMultistepConfig>): Partial<CosineDPMSolverMultistepConfig> {
    return withoutPeerWords(settings, { solverType: ['midpoint', 'heun'] });
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder - 1;
  }

  protected override freshMemory(): MultistepMemory {
    return { outputs: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    super.arrange(numInferenceSteps, options);
    this.tree = undefined;
  }

  protected override noiseTimestep(sigma: number): number {
    return (Math.atan(sigma) / Math.PI) * 2;
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { solverType, solverOrder, eulerAtFinal, finalSigmasType } = this.config;
    const [from, to] = [this.sigmas[index]!, this.sigmas[index + 1]!];
    const original = this.originalSample(modelOutput, sample, from);
    const outputs = [original, ...this.memory.outputs];
    const order = Math.min(orderAt(index, this.timesteps.length, this.config, eulerAtFinal || finalSigmasType === 'zero'), outputs.length);
    const levels = Array.from({ length: order + 1 }, (_, i) => noiseLevel(this.sigmas[index + 1 - i]!));
    this.tree ??= this.plant(sample.dims, options);
    this.memory.outputs = outputs.slice(0, solverOrder - 1);
    const noise = from === to ? undefined : this.tree.noiseBetween(from, to);
    return {
      prevSample: dpmSolverUpdate('sde-dpmsolver++', solverType, levels, outputs.slice(0, order), sample, noise),
      predOriginalSample: original,
    };
  }

  /** The motion of one run, from the seed that its generator began with, as in diffusers, so that a run that goes on finds the same one. */
  private plant(dims: readonly number[], { generator }: StepOptions): BrownianTree {
    const { seed, source } = seededSource(generator);
    return new BrownianTree(dims, Math.fround(this.config.sigmaMin), Math.fround(this.config.sigmaMax), seed, source);
  }
}
