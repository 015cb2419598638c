import type { DiffusionOptions, FreeInitOptions, FreeNoiseOptions, PromptToPromptOptions } from '../diffusion/index.js';

/** Options of `generateVideo`. */
export interface GenerateVideoOptions extends DiffusionOptions {
  /** Frames to make; what the model was trained on by default. */
  numFrames?: number;
  /** Frames a second of the result; the model's, or 8. */
  fps?: number;
  /**
   * Takes flicker away, as `deflicker` does: how far apart colours of neighbouring frames may be and count as one, 0…1; 0 for none. What the model recommends by default
   * (`models show`), which is 0 for models that say nothing. Captured steps show the frames as they are before.
   */
  deflicker?: number;
  /**
   * Motion models only: FreeInit, which makes the clip several times, each time from noise whose low frequencies are those of the pass before: steadier subjects and
   * motions, for as many times the time.
   */
  freeInit?: FreeInitOptions;
  /**
   * Prompt-to-Prompt (Hertz et al. 2022): a second prompt, whose clip is made beside this one from the same noise and lends it its attention, so that both have one
   * layout. The clip of `sourcePrompt` alone, with the same seed, is that second one. Not together with `freeInit`.
   */
  promptToPrompt?: PromptToPromptOptions;
  /**
   * Motion models only: FreeNoise, which gives the frames of a long clip the noise of its first frames in another order, so that they show one scene. For clips that are
   * predicted in windows (`contextSchedule`); costs nothing.
   */
  freeNoise?: FreeNoiseOptions;
}
