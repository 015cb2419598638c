import { oneOf, weightedSum } from '../core/index.js';
import { clip } from './clipping.js';
import { type DDIMConfig, ddimDefaults } from './ddimConfig.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { epsilon, originalSample } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/**
 * DDIM run backwards: from a clean sample to the noise that DDIM would have made it from.
 *
 * Its timesteps rise. Each step goes from the noise level before `timestep` up to that of `timestep`, with the
 * prediction made at `timestep`, so that levels match those of a forward run of the same length.
 * Song et al. 2020, "Denoising Diffusion Implicit Models"; agrees with diffusers' class.
 */
export class DDIMInverseScheduler extends AlphaScheduler<DDIMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'DDIMInverseScheduler';
  /** Why no pipeline runs it by itself. */
  static readonly notRunAlone = 'it goes from a clean sample to noise, not from noise to a sample. Take DDIMScheduler.';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = ddimDefaults;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { timestepSpacing: oneOf('leading', 'trailing') };

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    this.timesteps = [...this.spaced(numInferenceSteps, options)].reverse();
  }

  protected override makeStep({ modelOutput, timestep, sample }: StepInput): StepOutput {
    const { predictionType, numTrainTimesteps } = this.config;
    const previous = Math.min(timestep - Math.floor(numTrainTimesteps / this.timesteps.length), numTrainTimesteps - 1);
    // A clean sample predicted of a clean sample says nothing of the noise; there the least noisy level stands for the clean one.
    const from = this.alphaAt(predictionType === 'sample' ? Math.max(previous, 0) : previous);
    const to = this.alphaAt(timestep);
    const signal = Math.sqrt(from);
    const noise = Math.sqrt(1 - from);
    const original = clip(originalSample(predictionType, modelOutput, sample, signal, noise), { ...this.config, thresholding: false });
    const direction = epsilon(predictionType, modelOutput, sample, signal, noise);
    return { prevSample: weightedSum([Math.sqrt(to), original], [Math.sqrt(1 - to), direction]), predOriginalSample: original };
  }
}
