import type { PreparedRun } from '../diffusion/prepare.js';
import type { StepState } from '../diffusion/options.js';
import type { Tensor } from '../tensor.js';

/** One window of the source, ready to be edited. */
export interface EditWindow {
  /** Clean latents of the source, `[frames, channels, height, width]`. */
  source: Tensor;
  /** Where its frames stand in the clip: `start` up to but not including `end`. */
  frames: { start: number; end: number };
  /** To be called after each denoising step. */
  onStep: (state: StepState) => void;
}

/**
 * A way of editing: decides where denoising starts (noise, noised source, inverted source) and what is mixed in per step.
 *
 * Each method stands in a file of its own beside this one.
 */
export interface EditingMethod {
  /** Its name in options and provenance. */
  readonly name: string;
  /** Whether it keeps parts of the source by a mask. */
  readonly keepsSource?: boolean;
  /** Denoising steps that one window takes, for progress. */
  steps(run: PreparedRun): number;
  /** Clean latents of the edited window, in the shape of `source`. */
  edit(run: PreparedRun, window: EditWindow): Promise<Tensor>;
}
