import { alongSlope, midpointDefaults, MidpointScheduler } from './families/midpointScheduler.js';
import { eulerStep } from './families/sigmaScheduler.js';
import type { StepInput, StepOutput } from './scheduler.js';

/**
 * DPM-Solver-2 in k-diffusion's form ("DPM2"): the slope in the middle of a step, in log σ, two UNet calls a step but the last.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2 without churn; agrees with
 * diffusers' class.
 */
export class KDPM2DiscreteScheduler extends MidpointScheduler {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'KDPM2DiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = midpointDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['numTrainTimesteps'] as const;

  protected override between(from: number, to: number): number {
    return Math.sqrt(from * to);
  }

  protected override makeStep(step: StepInput): StepOutput {
    const { original, start, from, middle, to } = this.call(step);
    const prevSample = start ? alongSlope(start, step.sample, original, middle, to - from) : eulerStep(step.sample, original, from, middle);
    return { prevSample, predOriginalSample: original };
  }
}
