import type { Tensor } from './tensor.js';
import type { Frame } from './frame.js';

/**
 * What surrounds a call of the library without being an argument of it.
 *
 * In a notebook the cell that calls `model.editVideo(…)` names no abort signal and no progress callback, and yet
 * the interrupt button must end the edit and the status bar must count its steps. The kernel sets these before it
 * runs a cell; `editVideo`, `generateVideo` and whatever else takes long consult them when the caller gave none.
 * In a plain program nothing is set and every getter returns `undefined`.
 */

/** How far a long call has come; the same record that `onProgress` receives. */
export interface AmbientProgress {
  /** What is being done now: `frames`, `encode`, `denoise`, … */
  stage: string;
  /** The same for people: `reading the clip: frame 3 of 8`. */
  text?: string;
  /** Steps of this stage that are done, from 0 to `steps`. */
  step?: number;
  /** How many steps this stage has. */
  steps?: number;
  /** What the model's networks run on: `cpu`, `webgpu`. */
  device?: string;
  /** The scheduler's timestep of the step just done. */
  timestep?: number;
  /** The noise level of the step just done, in the scheduler's σ. */
  sigma?: number;
  /** The share of the whole call that is done, 0 … 1. */
  fraction?: number;
  /** An estimate of the time that is left, in seconds. */
  secondsLeft?: number;
}

/** One finished denoising step of a run, with what a live preview needs to draw it. */
export interface AmbientStep {
  /** How many steps are done, from 1 to `steps`. */
  step: number;
  steps: number;
  timestep: number;
  sigma?: number;
  /** Current latents, `[frames, channels, h, w]`; to be read, never written. */
  latents: Tensor;
  /** The model's present belief of the finished latents, of the same shape. */
  predOriginalSample?: Tensor;
  /** Which frames of the clip these are, `start` included, `end` not. */
  frames?: { start: number; end: number };
  /** An estimate of the time that is left, in seconds. */
  secondsLeft?: number;
  /** The model at work: the key under which what was learnt about its latents is kept. */
  model: object;
  /** Decodes latents `[n, channels, h, w]` to pictures `[n, 3, height, width]` in −1 … 1. */
  decode(latents: Tensor): Promise<Tensor>;
  /** Pictures of all frames that latents `[n, channels, h, w]` stand for, where the model has an autoencoder for previews. */
  drawPictures?(latents: Tensor): Promise<readonly Frame[]>;
}

/** Called after every denoising step and awaited; what it throws ends the run. */
export type StepObserver = (step: AmbientStep) => void | Promise<void>;

/** A piece of what an edit does before its first step, with what a live preview needs to draw it. */
export interface AmbientPreparation {
  /** The clip's frames are read, understood, searched for what is to change, run back to noise. */
  stage: 'frames' | 'read' | 'mask' | 'invert';
  /** Pieces of this stage that are done: frames, comparisons, steps. */
  done: number;
  /** How many there are, where that is known. */
  of?: number;
  /** Where the first of `pictures` stands in the clip. */
  start: number;
  /** The source's frames that are at hand, at the size that is worked at; to be read, never written. */
  pictures: readonly Frame[];
  /** With `mask`: how strongly each place changes as far as is known, `[frames, 1, h, w]` in 0 … 1; more frames than pictures where they were padded. */
  map?: Tensor;
  /** With `invert`: the source's latents with the noise they have by now, `[frames, channels, h, w]`. */
  latents?: Tensor;
  /** As in {@link AmbientStep}. */
  model: object;
  /** As in {@link AmbientStep}. */
  decode(latents: Tensor): Promise<Tensor>;
  /** As in {@link AmbientStep}. */
  drawPictures?(latents: Tensor): Promise<readonly Frame[]>;
}

/** Called for every piece of the preparation and awaited; what it throws ends the run. */
export type PreparationObserver = (preparation: AmbientPreparation) => void | Promise<void>;

/** A run that came to its end, as whoever keeps a history sees it. */
export interface AmbientRun {
  /** The model that ran. */
  readonly model: object;
  /** The clip that was edited; undefined where one was generated. */
  readonly source: object | undefined;
  /** The clip that was made, with its record. */
  readonly video: object;
  /** What the call was given. */
  readonly options: object;
  /** Seconds from the call to the finished clip. */
  readonly seconds: number;
}

/** Called when a run has ended and before its call returns, and awaited; what it throws is said as a notice. */
export type RunObserver = (run: AmbientRun) => void | Promise<void>;
/** How an experiment of many runs, such as a comparison, comes on. */
export interface AmbientExperiment {
  /** The experiment itself; whoever shows it knows its class. */
  readonly experiment: object;
  /** `running` before each of its runs and after it; then how it ended. */
  readonly state: 'running' | 'done' | 'interrupted';
  /** Where the run that begins now stands on each axis of the experiment; undefined when none begins. */
  readonly place?: readonly number[];
}

/** Called as an experiment comes on, and awaited; what it throws ends the experiment. */
export type ExperimentObserver = (experiment: AmbientExperiment) => void | Promise<void>;

/** The folder beside a notebook, for files that a call leaves behind for later ones. */
export interface AmbientFiles {
  /** The notebook's folder, absolute; below it no link is followed. */
  readonly base: string;
  /** Where files go, absolute and inside `base`; there may be none yet. */
  readonly folder: string;
}

/** What a host of the library sets around the calls it wants to follow. */
export interface Ambient {
  signal?: AbortSignal;
  onProgress?: (progress: AmbientProgress) => void;
  onStep?: StepObserver;
  onPreparation?: PreparationObserver;
  /** Told of every run that came to its end. */
  onRunEnd?: RunObserver;
  /** Told of experiments as they come on. */
  onExperiment?: ExperimentObserver;
  /** Where files go that calls leave behind for later ones. */
  files?: AmbientFiles;
}

let current: Ambient = {};

/** The signal to honour when the caller gave none: aborted when the person interrupts the cell. */
export function ambientSignal(): AbortSignal | undefined {
  return current.signal;
}

/** The progress callback to use when the caller gave none, or besides the caller's. */
export function ambientProgress(): ((progress: AmbientProgress) => void) | undefined {
  return current.onProgress;
}

/** The observer to call after each denoising step, besides the caller's `callbackOnStepEnd`. */
export function ambientStepObserver(): StepObserver | undefined {
  return current.onStep;
}

/** The observer of what comes before the first step, if anybody watches. */
export function ambientPreparationObserver(): PreparationObserver | undefined {
  return current.onPreparation;
}

/** The observer of runs that came to their end, if anybody keeps a history. */
export function ambientRunObserver(): RunObserver | undefined {
  return current.onRunEnd;
}

/** The observer of experiments of many runs, if anybody watches. */
export function ambientExperimentObserver(): ExperimentObserver | undefined {
  return current.onExperiment;
}

/** Where files go that calls leave behind for later ones; undefined where the caller has to say. */
export function ambientFiles(): AmbientFiles | undefined {
  return current.files;
}

/** Sets everything at once and returns what was set before, so that a host can put it back. */
export function setAmbient(next: Ambient): Ambient {
  const previous = current;
  current = next;
  return previous;
}
