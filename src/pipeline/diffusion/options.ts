import type { CaptureOptions } from '../capture/options.js';
import type { SchedulerChoice } from '../schedulers/index.js';
import type { Tensor } from '../tensor.js';
import type { Stopwatch } from './stopwatch.js';

/** How far a run has come. */
export interface Progress {
  /** What is being done: the source's frames are read, understood, encoded, searched for what is to change, run back to noise; denoising; decoding. */
  stage: 'frames' | 'read' | 'encode' | 'mask' | 'invert' | 'denoise' | 'decode';
  /** The same for people: `reading the clip: frame 3 of 8`, `step 7 of 20`. */
  text: string;
  /** Denoising steps done in this window, 0…`steps`; a second-order scheduler's step, of two UNet calls, counts once. */
  step: number;
  /** Denoising steps of a window. */
  steps: number;
  /** Timestep of the step just done; undefined before the first. */
  timestep?: number;
  /** σ of the step just done, for schedulers that work in σ. */
  sigma?: number;
  /** The window of frames at work, from 1. */
  window: number;
  /** Windows in all, where the clip's length is known. */
  windows?: number;
  /** Share of the whole that is done, 0…1, where the clip's length is known. */
  fraction?: number;
  /** Seconds that are left at the speed so far, once there is a speed. */
  secondsLeft?: number;
}

/** What `callbackOnStepEnd` sees. */
export interface StepState {
  /** Steps done, 1…`steps`; each call of the UNet counts, of which second-order schedulers make two a step. */
  step: number;
  /** Steps of the run, counted likewise. */
  steps: number;
  /** The timestep just left. */
  timestep: number;
  /** Its σ, for schedulers that work in σ. */
  sigma?: number;
  /** Latents after the step, `[frames, channels, height, width]`. */
  latents: Tensor;
  /** The clean latents as predicted at this step. */
  predOriginalSample: Tensor;
  /** Frames of the clip that these latents are: `start` up to but not including `end`. */
  frames: { start: number; end: number };
}

/** What `callbackOnStepEnd` may ask for. */
export interface StepChanges {
  /** Latents to go on with, in the shape of the old ones. */
  latents?: Tensor;
  /** End here: the clean latents predicted so far become the result. */
  stop?: boolean;
}

/** Options that generating and editing share. Names and meanings are those of diffusers' pipelines, in camelCase. */
export interface DiffusionOptions {
  /** What should not be seen; the empty string by default. */
  negativePrompt?: string;
  /** Denoising steps; the model's recommendation, or 25. */
  numInferenceSteps?: number;
  /** Classifier-free guidance (Ho & Salimans 2022); 1 or less switches it off. The model's recommendation, or 7.5. */
  guidanceScale?: number;
  /** Lin et al. 2023, section 3.4: 0 … 1, how far the guided prediction's contrast is brought back; 0 by default. */
  guidanceRescale?: number;
  /**
   * A scheduler, the name of one (`DPM++ 2M Karras`), or a name with its knobs (`euler:sChurn=5,karras`, `{ name: 'euler', sChurn: 5 }`);
   * what it leaves open comes from the model. By default the model's own.
   */
  scheduler?: SchedulerChoice;
  /** Whole number that fixes the noise; a random one by default, recorded in the result. */
  seed?: number;
  /** DDIM's η, 0 … 1; the scheduler's own default where it is left out. */
  eta?: number;
  /** One noise for all frames rather than one for each: steadier, but noise that stands still shows on moving things. */
  sharedNoise?: boolean;
  /** Width in pixels; a multiple of what the model asks for. */
  width?: number;
  /** Height in pixels; likewise. */
  height?: number;
  /** Called after every step; may change the latents or end the run. */
  callbackOnStepEnd?: (state: StepState) => void | StepChanges | undefined | Promise<void | StepChanges | undefined>;
  /** Ends the run between two steps with an `AbortError`. */
  signal?: AbortSignal;
  /** Called as work goes on. */
  onProgress?: (progress: Progress) => void;
  /** Called with remarks that are no errors (a prompt cut off, a word not known); printed to stderr by default. */
  onNotice?: (notice: string) => void;
  /** What to keep of every step, for the result's `run`; true for latents and predicted clean latents. Nothing by default. */
  capture?: CaptureOptions | boolean;
  /** Filled in with the seconds that each stage took. */
  stopwatch?: Stopwatch;
}

/** Options of `generateVideo`. */
export interface GenerateVideoOptions extends DiffusionOptions {
  /** Frames to make; what the model was trained on by default. */
  numFrames?: number;
  /** Frames a second of the result; the model's, or 8. */
  fps?: number;
}

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
