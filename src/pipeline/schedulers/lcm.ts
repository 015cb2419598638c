import { weightedSum } from '../core/index.js';
import { clip } from './clipping.js';
import { consistencyTimesteps } from './consistencyTimesteps.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { type LCMConfig, lcmDefaults } from './lcmConfig.js';
import { originalSample } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** Standard deviation of the data that the boundary condition assumes. */
const SIGMA_DATA = 0.5;

/**
 * Sampling of latent consistency models: each step predicts the clean sample and noises it again, 1–8 steps in all.
 *
 * Luo et al. 2023, "Latent Consistency Models", algorithm 3; agrees with diffusers' class. Needs a distilled model.
 */
export class LCMScheduler extends AlphaScheduler<LCMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'LCMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = lcmDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'originalInferenceSteps'] as const;
  override readonly picksWithinStrength = true;

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.checkExplicit(numInferenceSteps, options);
    this.timesteps = consistencyTimesteps(this.className, numInferenceSteps, this.config, options);
  }

  protected override makeStep({ modelOutput, timestep, index, sample, options }: StepInput): StepOutput {
    const alpha = this.alphas[timestep]!;
    const predicted = originalSample(this.config.predictionType, modelOutput, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const scaled = timestep * this.config.timestepScaling;
    const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const denoised = weightedSum([out, clip(predicted, this.config)], [skip, sample]);

    const next = this.timesteps[index + 1];
    const prevSample = next === undefined ? denoised : this.addNoise(denoised, this.noise(sample, options), next);
    return { prevSample, predOriginalSample: denoised };
  }
}
