import { ArgumentError, flag, oneOf, Tensor, weightedSum } from '../core/index.js';
import { betasOf } from './alphas.js';
import { clampTo } from './clipping.js';
import { requireStepCount, type NoiseScheduleConfig } from './config.js';
import { AlphaScheduler } from './families/alphaScheduler.js';
import { originalSample } from './prediction.js';
import type { NoiseSource, TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** Settings of {@link RePaintScheduler}. */
export interface RePaintConfig extends Pick<
  NoiseScheduleConfig,
  'numTrainTimesteps' | 'betaStart' | 'betaEnd' | 'betaSchedule' | 'trainedBetas'
> {
  /** How much of the noise of what is painted is drawn anew, 0 … 1. */
  eta: number;
  /** Clamp the predicted clean sample to ±1. */
  clipSample: boolean;
}

/**
 * RePaint: fills in what a mask leaves open, by an unconditional model, going back up in noise now and then so that both parts agree.
 *
 * Its timesteps rise where it goes back; there {@link undoStep} is to be called in the place of a step. Lugmayr et al. 2022, "RePaint:
 * Inpainting using Denoising Diffusion Probabilistic Models", algorithm 1; agrees with diffusers' class.
 */
export class RePaintScheduler extends AlphaScheduler<RePaintConfig & NoiseScheduleConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'RePaintScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = {
    numTrainTimesteps: 1000,
    betaStart: 0.0001,
    betaEnd: 0.02,
    betaSchedule: 'linear',
    eta: 0,
    trainedBetas: null,
    clipSample: true,
  } as RePaintConfig as RePaintConfig & NoiseScheduleConfig;
  /** Why no pipeline runs it by itself. */
  static readonly notRunAlone =
    'it needs the picture and a mask at every step and goes back up in noise between them, which no pipeline does. Call its step and undoStep in a loop of your own, or edit with an inpainting model and the option mask.';
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['jumpLength', 'jumpNSample'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { betaSchedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid'), clipSample: flag };
  private readonly betas = betasOf(this.config);
  /** Training timesteps from one step to the next. */
  private stride = 1;

  /** A sample brought up in noise again, from before the step at `timestep` to before the step above it. */
  undoStep(sample: Tensor, timestep: number, generator: NoiseSource): Tensor {
    for (let i = 0; i < this.stride; i++) {
      const beta = this.betas[timestep + i]!;
      sample = weightedSum([Math.sqrt(1 - beta), sample], [Math.sqrt(beta), generator.randn(sample.dims)]);
    }
    return sample;
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { jumpLength = 10, jumpNSample = 10 } = options;
    this.checkExplicit(numInferenceSteps, options);
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    this.stride = Math.floor(this.config.numTrainTimesteps / numInferenceSteps);
    const jumps = new Map<number, number>();
    for (let t = 0; t < numInferenceSteps - jumpLength; t += jumpLength) jumps.set(t, jumpNSample - 1);
    const steps: number[] = [];
    for (let t = numInferenceSteps - 1; t >= 0; t--) {
      steps.push(t);
      const left = jumps.get(t) ?? 0;
      if (left <= 0) continue;
      jumps.set(t, left - 1);
      for (let i = 0; i < jumpLength; i++) steps.push(++t);
    }
    this.timesteps = steps.map((t) => t * this.stride);
  }

  protected override makeStep({ modelOutput, timestep, sample, options }: StepInput): StepOutput {
    const { originalImage, mask } = options;
    if (!originalImage || !mask)
      throw new ArgumentError(
        'originalImage',
        originalImage,
        "a tensor of the sample's shape, with the mask beside it: RePaint needs both at every step",
      );
    const { eta, clipSample } = this.config;
    const previous = timestep - this.stride;
    const alpha = this.alphas[timestep]!;
    const alphaPrevious = previous >= 0 ? this.alphas[previous]! : 1;
    const predicted = originalSample('epsilon', modelOutput, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
    const original = clipSample ? clampTo(predicted, 1) : predicted;
    const noise = this.noise(sample, options);
    const deviation = eta * Math.sqrt(((1 - alphaPrevious) / (1 - alpha)) * (1 - alpha / alphaPrevious));
    const unknown = weightedSum(
      [Math.sqrt(alphaPrevious), original],
      [Math.sqrt(Math.max(0, 1 - alphaPrevious - deviation ** 2)), modelOutput],
      [timestep > 0 ? deviation : 0, noise],
    );
    const known = weightedSum([Math.sqrt(alphaPrevious), originalImage], [Math.sqrt(1 - alphaPrevious), noise]);
    const prevSample = new Tensor(
      known.data.map((value, i) => mask.data[i]! * value + (1 - mask.data[i]!) * unknown.data[i]!),
      known.dims,
    );
    return { prevSample, predOriginalSample: original };
  }
}
