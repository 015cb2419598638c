import { oneOf, type OptionChecks, wholeNumber } from '../core/index.js';
import { type ContextSchedule, contextSchedules, type ContextWeights, contextWeightings } from './contextWindows.js';

/** Options for clips longer than a motion model sees at once, predicted as one at every step. */
export interface ContextOptions {
  /**
   * Motion models only: at every step the whole clip is predicted window by window, and the predictions averaged, so that windows agree on the way rather than be joined
   * at the end. `'uniform'`: the windows shift from step to step; `'static'`: they stay; `'looped'`: they go on over the clip's end, and its last frame flows into its
   * first. Left out, a clip is cut into windows that are made one after the other.
   */
  contextSchedule?: ContextSchedule;
  /** With `contextSchedule`: frames of a window; what the model was trained on by default. */
  contextFrames?: number;
  /** With `'uniform'` and `'looped'`: strides of the windows, 1…8: 1 for neighbouring frames alone, by default; with 2 windows of every second frame lie over them, with 3 of every fourth too. */
  contextStride?: number;
  /** With `contextSchedule`: frames that neighbouring windows share, below `contextFrames`; a quarter of a window by default. */
  contextOverlap?: number;
  /**
   * With `contextSchedule`: what the frames of a window count where windows overlap: `'flat'`, all the same; `'pyramid'`, the middle most, by default;
   * `'overlap-linear'`, the same but for the shared frames, which go over evenly; `'delayed-reverse-sawtooth'`, those before the middle next to nothing, then falling.
   */
  contextWeights?: ContextWeights;
  /**
   * With `contextSchedule` `'static'`: `'motion-modules'` averages windows inside of every motion module, as FreeNoise does (diffusers' `enable_free_noise`): the rest of the network
   * sees each frame once, which is less work and takes the memory of the whole clip. Left out, what the whole network predicts is averaged.
   */
  contextInside?: 'motion-modules';
}

/** Names of {@link ContextOptions}: they are recorded, and a run that goes on keeps them. */
export const contextOptions = [
  'contextSchedule',
  'contextFrames',
  'contextStride',
  'contextOverlap',
  'contextWeights',
  'contextInside',
] as const satisfies readonly (keyof ContextOptions)[];

/** Checks of {@link ContextOptions}, each for itself. */
export const contextChecks: OptionChecks<ContextOptions> = {
  contextSchedule: oneOf(...contextSchedules),
  contextFrames: wholeNumber(2, 1024),
  contextStride: wholeNumber(1, 8),
  contextOverlap: wholeNumber(0, 1023),
  contextWeights: oneOf(...contextWeightings),
  contextInside: oneOf('motion-modules'),
};
