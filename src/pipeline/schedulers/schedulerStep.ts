import type { Tensor } from '../core/index.js';
import type { StepOptions } from './runOptions.js';

/** What one step gives. */
export interface StepOutput {
  /** The sample at the next, less noisy timestep. */
  prevSample: Tensor;
  /** The clean sample as predicted at this step. */
  predOriginalSample: Tensor;
}

/** What a step is made from. */
export interface StepInput {
  /** The UNet's (guided) output. */
  readonly modelOutput: Tensor;
  /** The timestep that it was made for. */
  readonly timestep: number;
  /** Entry of `timesteps` of this step. */
  readonly index: number;
  /** The sample that the output was made from, before `scaleModelInput`. */
  readonly sample: Tensor;
  /** The knobs of the run and of this step. */
  readonly options: StepOptions;
}
