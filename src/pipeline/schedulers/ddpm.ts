import { oneOf, Tensor, weightedSum } from '../core/index.js';
import { clip, type ClippingConfig } from './clipping.js';
import type { NoiseScheduleConfig } from './config.js';
import { ddimDefaults } from './ddimConfig.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { learnedVarianceOf, meanOf } from './learnedVariance.js';
import { originalSample } from './prediction.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** How much noise a step of DDPM adds; `learned` kinds take it from the network. */
export type VarianceType = 'fixed_small' | 'fixed_small_log' | 'fixed_large' | 'fixed_large_log' | 'learned' | 'learned_range';

/** Settings of {@link DDPMScheduler}. */
export interface DDPMConfig extends NoiseScheduleConfig, ClippingConfig {
  /** How much noise a step adds: the least, the most, or what the network says. */
  varianceType: VarianceType;
  /** Rescale the training noise schedule so that the last timestep is pure noise. */
  rescaleBetasZeroSnr: boolean;
}

const { setAlphaToOne, ...shared } = ddimDefaults;
const defaults: DDPMConfig = { ...shared, varianceType: 'fixed_small' };

/** The least variance that is told apart from none. */
const LEAST_VARIANCE = 1e-20;

/**
 * Ancestral sampling of denoising diffusion: the process that the model was trained to reverse, noise and all.
 *
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equations 7 and 11; learned variances of Nichol & Dhariwal 2021.
 * Agrees with diffusers' class, but for `fixed_large_log`, whose variance is the logarithm of a number below 1 there.
 */
export class DDPMScheduler extends AlphaScheduler<DDPMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className: string = 'DDPMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: DDPMConfig = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = {
    betaSchedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'laplace', 'sigmoid'),
    varianceType: oneOf('fixed_small', 'fixed_small_log', 'fixed_large', 'fixed_large_log', 'learned', 'learned_range'),
  };

  protected override makeStep({ modelOutput, timestep, index, sample, options }: StepInput): StepOutput {
    const { predictionType, varianceType } = this.config;
    const previous = this.timesteps[index + 1];
    const alpha = this.alphas[timestep]!;
    const alphaPrevious = previous === undefined ? 1 : this.alphas[previous]!;
    const share = alpha / alphaPrevious;
    const learned = varianceType.startsWith('learned') ? learnedVarianceOf(modelOutput, sample) : undefined;
    const output = learned ? meanOf(modelOutput, sample) : modelOutput;

    const original = clip(originalSample(predictionType, output, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha)), this.config);
    const mean = weightedSum(
      [(Math.sqrt(alphaPrevious) * (1 - share)) / (1 - alpha), original],
      [(Math.sqrt(share) * (1 - alphaPrevious)) / (1 - alpha), sample],
    );
    if (timestep <= 0) return { prevSample: mean, predOriginalSample: original };
    const least = Math.max(((1 - alphaPrevious) / (1 - alpha)) * (1 - share), LEAST_VARIANCE);
    const noise = this.noise(sample, options);
    const scaled = learned
      ? scaledByLearned(noise, learned, varianceType, least, 1 - share)
      : weightedSum([Math.sqrt(varianceType.startsWith('fixed_small') ? least : 1 - share), noise]);
    return { prevSample: weightedSum([1, mean], [1, scaled]), predOriginalSample: original };
  }
}

/** Noise of the variance that a network says at every place: itself, or how far it lies between the least and the most. */
function scaledByLearned(noise: Tensor, said: Tensor, type: VarianceType, least: number, most: number): Tensor {
  const deviation = (value: number): number => {
    if (type === 'learned') return Math.sqrt(value);
    const share = (value + 1) / 2;
    return Math.exp(0.5 * (share * Math.log(most) + (1 - share) * Math.log(least)));
  };
  return new Tensor(
    noise.data.map((value, i) => value * deviation(said.data[i]!)),
    noise.dims,
  );
}
