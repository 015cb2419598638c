import { weightedSum } from '../core/index.js';
import { clip } from './clipping.js';
import { type DDIMConfig, ddimDefaults } from './ddimConfig.js';
import { DDIMInverseScheduler } from './ddimInverse.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { epsilon, originalSample } from './prediction.js';
import type { Scheduler, StepInput, StepOutput } from './scheduler.js';

/**
 * DDIM: deterministic at η = 0, and invertible, which is why editing methods like it.
 *
 * Song et al. 2020, "Denoising Diffusion Implicit Models", equations 12 and 16; agrees with diffusers' class.
 */
export class DDIMScheduler extends AlphaScheduler<DDIMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'DDIMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = ddimDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['eta', 'useClippedModelOutput'] as const;

  /** DDIM run backwards; there is no such thing for spacing `linspace`. */
  override inverse(): Scheduler | undefined {
    return this.config.timestepSpacing === 'linspace' ? undefined : DDIMInverseScheduler.fromConfig({ ...this.config });
  }

  protected override makeStep({ modelOutput, timestep, sample, options }: StepInput): StepOutput {
    const { predictionType, numTrainTimesteps } = this.config;
    const previous = timestep - Math.floor(numTrainTimesteps / this.timesteps.length);
    const alpha = this.alphaAt(timestep);
    const alphaPrevious = this.alphaAt(previous);
    const signal = Math.sqrt(alpha);
    const noise = Math.sqrt(1 - alpha);

    const original = clip(originalSample(predictionType, modelOutput, sample, signal, noise), this.config);
    const direction = options.useClippedModelOutput
      ? epsilon('sample', original, sample, signal, noise)
      : epsilon(predictionType, modelOutput, sample, signal, noise);

    const variance = ((1 - alphaPrevious) / (1 - alpha)) * (1 - alpha / alphaPrevious);
    const eta = options.eta ?? this.defaultEta;
    const deviation = eta * Math.sqrt(variance);
    // With all noise drawn anew nothing is left of the old, or by rounding a little less than nothing.
    const left = Math.max(0, 1 - alphaPrevious - deviation ** 2);
    let prevSample = weightedSum([Math.sqrt(alphaPrevious), original], [Math.sqrt(left), direction]);
    // Drawn at the last step too, which adds none of it, as in diffusers: what is drawn later depends on it.
    if (eta > 0) prevSample = weightedSum([1, prevSample], [deviation, this.noise(sample, options)]);
    return { prevSample, predOriginalSample: original };
  }
}
