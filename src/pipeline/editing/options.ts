import type { DiffusionOptions, NumberSchedule } from '../diffusion/index.js';
import type { EditingMethod } from './editingMethod.js';
import type { EditingMethodName, SettingsOfMethods } from './methods/index.js';

/** Options of `editVideo`. */
export interface EditVideoOptions extends DiffusionOptions, Partial<SettingsOfMethods> {
  /**
   * How to edit: the name of a method (`sdedit` noises the whole picture and denoises it towards the prompt, for looks and motions;
   * `diffedit` finds what the prompt changes and keeps the rest, for subjects, colours and backgrounds; `docs/editing-methods.md`
   * lists all), or one of your own, see {@link defineMethod}.
   *
   * By default it is chosen, and `strength` and the mask with it, by what the prompt changes: where the model knows what
   * its words mean, the prompt is compared with `sourcePrompt`, or with what the model itself reads in the source.
   * With other models `diffedit` is chosen where a `sourcePrompt` is given, and else `sdedit`.
   */
  method?: EditingMethodName | EditingMethod;
  /** What the source shows. Read from the source where that helps and the model can, else the empty prompt. */
  sourcePrompt?: string;
  /**
   * How far from the source the edit may go, above 0 up to 1: the share of the steps that is run. The method's own where nothing better is known. With some
   * methods also a {@link NumberSchedule} over the clip's frames, 0 … 1: a frame stays the noised source until as much is left of the schedule as it may go, and with
   * 0 the source itself (as by a map of change in Levin & Fried 2023, "Differential Diffusion").
   */
  strength?: NumberSchedule;
  /** Put the source's own pixels back where a mask says that nothing has changed; true by default with methods that keep parts of the source, and where a `mask` is given. */
  keepPixels?: boolean;
  /**
   * With methods that keep parts of the source or have a loop of their own (FlowEdit, InfEdit, DDS): take only the new colours from the edit; shapes, shading and
   * sharpness stay the source's, and what stood still stands still. With `channels`: lay what is made, as snow, over the source's own pixels. By default true where the prompt changes nothing but a colour, or asks for a look that
   * is one of colours as the model's `editing.json` says. `keepPixels` then says nothing more.
   */
  keepShapes?: boolean;
  /**
   * The size of the result: `'model'`, the size worked at, by default; `'source'`, the source's own: unchanged pixels are the source's, changed ones are enlarged
   * (Lanczos) and laid over them.
   */
  resolution?: 'model' | 'source';
  /**
   * `'around'`: only the part of the source around the `mask` is worked on, at the model's own size, and put back; the result has the source's size. For small
   * things in large videos.
   */
  crop?: 'around';
  /** How the source is fitted to the model's grid where their shapes differ; `cover` by default, and `fill` where the result has the source's size, so that nothing is cut off. */
  fit?: 'cover' | 'contain' | 'fill';
  /**
   * Frames that are worked on together. By default the whole clip where the model takes as many (its `max_frames`), else as
   * many as it was trained on; a longer clip is cut into windows. A motion model takes a window for one whole motion.
   */
  windowFrames?: number;
  /** Frames that two neighbouring windows of a long clip share and cross-fade over; a quarter of a window by default. */
  windowOverlap?: number;
  /**
   * Edit only a share of the clip's windows, as one of several machines: the result is a part, which `joinShards` joins with the others to what one machine would
   * have made, frame by frame. Needs a `seed`, the same for all parts; a part has to be saved without loss, as `.apng`.
   */
  shard?: Shard;
}

/** Options of an edit whose strength is known: where it differs from frame to frame, the greatest. */
export type PlannedOptions = Omit<EditVideoOptions, 'strength'> & {
  /** Above 0 up to 1. */
  strength?: number;
};

/** Which share of a clip's windows is edited. */
export interface Shard {
  /** Which one, from 1 to `count`. */
  readonly index: number;
  /** How many there are; at most as many as the clip has windows. */
  readonly count: number;
}

/**
 * Options of `editVideo` with a method of one's own: the library's, without the settings of its methods, and the method's.
 */
export type OwnMethodOptions<Settings extends object> = Omit<EditVideoOptions, 'method' | keyof SettingsOfMethods> &
  Partial<Settings> & {
    /** The method. */
    method: EditingMethod<Settings>;
  };
