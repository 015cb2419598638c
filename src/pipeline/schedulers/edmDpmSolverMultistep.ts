import { FrameloomError, oneOf } from '../core/index.js';
import { dynamicThreshold } from './clipping.js';
import { dpmSolverUpdate } from './dpmSolver.js';
import type { MultistepMemory } from './dpmSolverMultistep.js';
import { type EDMConfig, edmDefaults, EDMScheduler } from './families/edmScheduler.js';
import { orderAt } from './families/solverScheduler.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { withoutPeerWords } from './solverWords.js';

/** Settings of {@link EDMDPMSolverMultistepScheduler}. */
export interface EDMDPMSolverMultistepConfig extends EDMConfig {
  /** 1, 2 (for guided sampling) or 3 (for unguided sampling). */
  solverOrder: number;
  /** Dynamic thresholding of the clean sample; for pixels only. */
  thresholding: boolean;
  /** The quantile of |x₀| that thresholding takes as the bound. */
  dynamicThresholdingRatio: number;
  /** Thresholding's largest bound. */
  sampleMaxValue: number;
  /** Whether an ODE or an SDE is solved. */
  algorithmType: 'dpmsolver++' | 'sde-dpmsolver++';
  /** Rule of the second-order update. */
  solverType: 'midpoint' | 'heun';
  /** Lower orders in the last steps of runs shorter than 15: steadier. */
  lowerOrderFinal: boolean;
  /** A first-order last step whatever the length of the run. */
  eulerAtFinal: boolean;
}

/**
 * DPM-Solver++ in its multistep form, in EDM's own scaling (Playground 2.5).
 *
 * Lu et al. 2022, 2211.01095; Karras et al. 2022, 2206.00364; agrees with diffusers' class.
 */
export class EDMDPMSolverMultistepScheduler extends EDMScheduler<EDMDPMSolverMultistepConfig, MultistepMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'EDMDPMSolverMultistepScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: EDMDPMSolverMultistepConfig = {
    ...edmDefaults,
    solverOrder: 2,
    thresholding: false,
    dynamicThresholdingRatio: 0.995,
    sampleMaxValue: 1,
    algorithmType: 'dpmsolver++',
    solverType: 'midpoint',
    lowerOrderFinal: true,
    eulerAtFinal: false,
  };
  /** @internal Checks of settings for which it takes something else than the others. */
  static override readonly settingChecks = { ...EDMScheduler.settingChecks, algorithmType: oneOf('dpmsolver++', 'sde-dpmsolver++') };

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for settings that exclude each other. */
  static override requireFitting(config: EDMDPMSolverMultistepConfig): void {
    super.requireFitting(config);
    if (config.algorithmType === 'sde-dpmsolver++' && config.solverOrder === 3) {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: sde-dpmsolver++ has no third order here. Set solverOrder to 2, or use dpmsolver++.`,
      );
    }
  }

  /** Names of the solvers of DEIS and UniPC mean "your default" here, as in diffusers; other algorithms stay, to be refused. */
  static fromPeer(settings: Partial<EDMDPMSolverMultistepConfig>): Partial<EDMDPMSolverMultistepConfig> {
    return withoutPeerWords(settings, {
      algorithmType: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'data_prediction', 'noise_prediction'],
      solverType: ['midpoint', 'heun'],
    });
  }

  override get mostStateTensors(): number {
    return this.config.solverOrder - 1;
  }

  protected override freshMemory(): MultistepMemory {
    return { outputs: [] };
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const {
      algorithmType,
      solverType,
      solverOrder,
      thresholding,
      dynamicThresholdingRatio,
      sampleMaxValue,
      eulerAtFinal,
      finalSigmasType,
    } = this.config;
    const predicted = this.originalSample(modelOutput, sample, this.sigmas[index]!);
    const original = thresholding ? dynamicThreshold(predicted, dynamicThresholdingRatio, sampleMaxValue) : predicted;
    const outputs = [original, ...this.memory.outputs];
    const order = Math.min(orderAt(index, this.timesteps.length, this.config, eulerAtFinal || finalSigmasType === 'zero'), outputs.length);
    const noise = algorithmType === 'sde-dpmsolver++' ? this.noise(sample, options) : undefined;
    const levels = Array.from({ length: order + 1 }, (_, i) => noiseLevel(this.sigmas[index + 1 - i]!));
    this.memory.outputs = outputs.slice(0, solverOrder - 1);
    return {
      prevSample: dpmSolverUpdate(algorithmType, solverType, levels, outputs.slice(0, order), sample, noise),
      predOriginalSample: original,
    };
  }
}

/** A σ of EDM as DPM-Solver sees it: the clean part does not fade. */
export function noiseLevel(sigma: number): { alpha: number; sigma: number; lambda: number } {
  return { alpha: 1, sigma, lambda: -Math.log(sigma) };
}
