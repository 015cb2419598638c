import type { DiffusionOptions } from '../diffusion/index.js';

/** Options of `editVideo`. */
export interface EditVideoOptions extends DiffusionOptions {
  /**
   * How to edit: `sdedit` noises the whole picture and denoises it towards the prompt, for looks and motions;
   * `diffedit` finds what the prompt changes and keeps the rest, for subjects, colours and backgrounds.
   *
   * By default it is chosen, and `strength` and the mask with it, by what the prompt changes: where the model knows what
   * its words mean, the prompt is compared with `sourcePrompt`, or with what the model itself reads in the source.
   * With other models `diffedit` is chosen where a `sourcePrompt` is given, and else `sdedit`.
   */
  method?: 'sdedit' | 'diffedit';
  /** What the source shows. Read from the source where that helps and the model can, else the empty prompt. */
  sourcePrompt?: string;
  /** How far from the source the edit may go, above 0 up to 1: the share of the steps that is run. 0.6 with `sdedit`, 0.8 with `diffedit` where nothing better is known. */
  strength?: number;
  /**
   * With `diffedit`: whether the mask is the subject's outline, as the model's interrogator sees it, or lies where two prompts
   * disagree. By default the subject where the model has an interrogator, the clip is of its kind, and the kind of change is known.
   */
  maskBy?: 'subject' | 'prompts';
  /** With `diffedit`: start from the noised source rather than the inverted one; by default only where nothing but a colour changes. */
  noised?: boolean;
  /**
   * With `diffedit`: cut out what the mask marks and edit it alone before plain gray, towards this text, so that nothing of its
   * surroundings bleeds into its colours. An empty text edits it where it stands. By default, where nothing but the colour of a
   * subject changes that the model sees: the prompt with "on a gray background" in the place of its own.
   */
  isolatedPrompt?: string;
  /** With `diffedit` by prompts: what `sourcePrompt` is compared with to find the mask; the prompt by default. */
  maskPrompt?: string;
  /** With `diffedit`: edit what the mask leaves out, as for another background; false by default. */
  invertMask?: boolean;
  /** With `diffedit`: latent places around the mask that may be edited too, 0 or more; 1 by default. */
  maskGrow?: number;
  /** Put the source's own pixels back where a mask says that nothing has changed; true by default with `diffedit`. */
  keepPixels?: boolean;
  /**
   * With `diffedit`: take only the new colours from the edit; shapes, shading and sharpness stay the source's. By default true
   * where the prompt changes nothing but a colour. `keepPixels` then says nothing more.
   */
  keepShapes?: boolean;
  /** How the source is fitted to the model's grid where their shapes differ; `cover` by default. */
  fit?: 'cover' | 'contain' | 'fill';
  /**
   * Frames that are worked on together. By default the whole clip where the model takes as many (its `max_frames`), else as
   * many as it was trained on; a longer clip is cut into windows. A motion model takes a window for one whole motion.
   */
  windowFrames?: number;
  /** Frames that two neighbouring windows of a long clip share and cross-fade over; a quarter of a window by default. */
  windowOverlap?: number;
}
