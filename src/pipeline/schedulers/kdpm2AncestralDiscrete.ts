import { weightedSum } from '../core/index.js';
import { ancestralSigmas } from './ancestral.js';
import { alongSlope, midpointDefaults, MidpointScheduler } from './families/midpointScheduler.js';
import { eulerStep } from './families/sigmaScheduler.js';
import type { StepInput, StepOutput } from './scheduler.js';

/**
 * DPM-Solver-2 steps that overshoot and add fresh noise back ("DPM2 a").
 *
 * After k-diffusion's `sample_dpm_2_ancestral`; agrees with diffusers' class.
 */
export class KDPM2AncestralDiscreteScheduler extends MidpointScheduler {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'KDPM2AncestralDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = midpointDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['numTrainTimesteps'] as const;

  protected override between(from: number, to: number): number {
    return Math.sqrt(from * ancestralSigmas(from, to).down);
  }

  protected override makeStep(step: StepInput): StepOutput {
    const { original, start, from, middle, to } = this.call(step);
    if (!start) return { prevSample: eulerStep(step.sample, original, from, middle), predOriginalSample: original };
    const { up, down } = ancestralSigmas(from, to);
    const prevSample = weightedSum(
      [1, alongSlope(start, step.sample, original, middle, down - from)],
      [up, this.noise(step.sample, step.options)],
    );
    return { prevSample, predOriginalSample: original };
  }
}
