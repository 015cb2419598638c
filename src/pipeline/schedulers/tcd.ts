import { weightedSum } from '../core/index.js';
import { consistencyTimesteps } from './consistencyTimesteps.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { type LCMConfig, lcmDefaults } from './lcmConfig.js';
import { epsilon, originalSample } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** η where nobody says another. */
const USUAL_ETA = 0.3;

/**
 * Strategic stochastic sampling of trajectory consistency models: each step goes down the trajectory further than it must, and noise
 * brings it up again; 2 to 8 steps in all.
 *
 * Zheng et al. 2024, "Trajectory Consistency Distillation", algorithm 4 (γ there is η here); agrees with diffusers' class. Needs a
 * distilled model.
 */
export class TCDScheduler extends AlphaScheduler<LCMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'TCDScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = lcmDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'originalInferenceSteps', 'eta'] as const;
  override readonly picksWithinStrength = true;

  override get defaultEta(): number {
    return USUAL_ETA;
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.checkExplicit(numInferenceSteps, options);
    this.timesteps = consistencyTimesteps(this.className, numInferenceSteps, this.config, options, 'all');
  }

  protected override makeStep({ modelOutput, timestep, index, sample, options }: StepInput): StepOutput {
    const { predictionType } = this.config;
    const { eta = this.defaultEta } = options;
    const previous = this.timesteps[index + 1] ?? 0;
    const alpha = this.alphas[timestep]!;
    const alphaPrevious = this.alphas[previous]!;
    const alphaBelow = this.alphas[Math.floor(Math.fround(Math.fround(1 - eta) * previous))]!;
    const [signal, noise] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
    const original = originalSample(predictionType, modelOutput, sample, signal, noise);
    const direction = epsilon(predictionType, modelOutput, sample, signal, noise);
    const below = weightedSum([Math.sqrt(alphaBelow), original], [Math.sqrt(1 - alphaBelow), direction]);
    if (eta === 0 || index === this.timesteps.length - 1) return { prevSample: below, predOriginalSample: original };
    const share = alphaPrevious / alphaBelow;
    return {
      prevSample: weightedSum([Math.sqrt(share), below], [Math.sqrt(1 - share), this.noise(sample, options)]),
      predOriginalSample: original,
    };
  }
}
