import type { PreparedRun, StepState, Preparation } from '../diffusion/index.js';
import type { Tensor, Frame } from '../core/index.js';

/** One window of the source, ready to be edited. */
export interface EditWindow {
  /** Clean latents of the source, `[frames, channels, height, width]`. */
  source: Tensor;
  /** The pictures they come from; where the latents were padded, there are fewer of them. */
  pictures: readonly Frame[];
  /** Encodes other pictures as these were: clean latents in the shape of `source`. */
  encode: (pictures: readonly Frame[]) => Promise<Tensor>;
  /** Where its frames stand in the clip: `start` up to but not including `end`. */
  frames: { start: number; end: number };
  /** To be called as work before the first step goes on: what was done, and how many steps would have taken as long. */
  onPrepared: (what: Preparation, steps: number) => void;
  /** To be called after each denoising step. */
  onStep: (state: StepState) => void;
}

/** What an editing method made of a window. */
export interface EditedWindow {
  /** Clean latents in the shape of `source`. */
  latents: Tensor;
  /** Where it may have changed pixels, `[frames, 1, height, width]` in 0…1; everywhere when undefined. */
  area?: Tensor;
  /** The clean latents that the edit began with, where they are not `source`. */
  began?: Tensor;
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
  /** How many steps would take as long as what comes before the first one; nothing when undefined. */
  preparation?(run: PreparedRun): number;
  /** Edits one window. */
  edit(run: PreparedRun, window: EditWindow): Promise<EditedWindow>;
}
