import type { DiffusionOptions } from '../diffusion/index.js';

/** Options of `generateVideo`. */
export interface GenerateVideoOptions extends DiffusionOptions {
  /** Frames to make; what the model was trained on by default. */
  numFrames?: number;
  /** Frames a second of the result; the model's, or 8. */
  fps?: number;
}
