import type { CaptureOptions } from './captureOptions.js';
import type { FrameSource, FreeUFactors, LoraWeight, Quality, RegionalPrompt } from '../networks/index.js';
import type { SchedulerChoice } from '../schedulers/index.js';
import type { Tensor } from '../core/index.js';
import type { Mask } from '../masks/index.js';
import type { Video } from '../video/index.js';
import type { CameraMove } from './camera/index.js';
import type { ContextOptions } from './contextOptions.js';
import type { GuidanceScheduleOptions } from './guidanceScheduleOptions.js';
import type { NumberSchedule } from './keyframes/index.js';
import type { PromptTravel } from './promptTravel.js';
import type { SharedWork } from './sharedWork.js';
import type { AttentionControl } from './attentionControl.js';
import type { Stopwatch } from './stopwatch.js';
import type { VideoCondition } from './videoConditions.js';

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

/** Frames of a clip: `start` up to but not including `end`. */
export interface FrameSpan {
  /** Index of the first. */
  start: number;
  /** Index after the last. */
  end: number;
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
  frames: FrameSpan;
  /** Of the latents, those that stand before the clip's, pictures to keep to (VACE's reference pictures); undefined where there are none. */
  leadingFrames?: number;
}

/** What `callbackOnStepEnd` may ask for. */
export interface StepChanges {
  /** Latents to go on with, in the shape of the old ones. */
  latents?: Tensor;
  /** End here: the clean latents predicted so far become the result. */
  stop?: boolean;
}

/** Options that generating and editing share. Names and meanings are those of diffusers' pipelines, in camelCase. */
export interface DiffusionOptions extends ContextOptions, GuidanceScheduleOptions {
  /**
   * Texts by the frame from which they hold, in place of the prompt: `{ 0: 'a car by day', 48: 'a car by night' }`; frames between two are told what lies between
   * them. The prompt still names the clip, and chooses how it is edited.
   */
  promptTravel?: PromptTravel;
  /** What should not be seen; the empty string by default. */
  negativePrompt?: string;
  /**
   * How much time the run may take, in plain words: chooses the sampler and the steps that are good for this with the model (`model.presets`
   * shows them); what is said with `scheduler` or `numInferenceSteps` stays. `'balanced'` is what runs without a word, unless the model's
   * folder says otherwise.
   */
  quality?: Quality;
  /** Denoising steps; the model's recommendation, or 25. */
  numInferenceSteps?: number;
  /**
   * Classifier-free guidance (Ho & Salimans 2022), 0…100; 1 or less switches it off. The model's recommendation, or 7.5. One number, or a
   * {@link NumberSchedule} over the clip's frames.
   */
  guidanceScale?: NumberSchedule;
  /** Lin et al. 2023, section 3.4: 0 … 1, how far the guided prediction's contrast is brought back; 0 by default. */
  guidanceRescale?: number;
  /** LTX-Video with a decoder that is told how noisy its latents are (from 0.9.1 on) only: what it is told, 0 … 1; 0.05 by default. */
  decodeTimestep?: number;
  /** The same only: the share of noise that is mixed into the latents before they are decoded, 0 … 1; 0.025 by default. */
  decodeNoiseScale?: number;
  /** InstructPix2Pix only: how closely to keep to the source, from 1 on; 1.5 by default. Nothing is guided where guidanceScale is 1 or less. */
  imageGuidanceScale?: number;
  /**
   * Edits only: where the edit may act. Latents outside are kept at every step, and pixels outside are the source's own; inpainting models and VACE are shown
   * the mask instead; the former must have one. A clip of the source's size and length, or a single picture, stands for its bright places.
   */
  mask?: Mask | Video;
  /**
   * VACE only: pictures of things and people that are to be seen in the result, one or several. Of a clip its first picture; each is shown whole, on white. In what
   * `callbackOnStepEnd` sees, their latents stand before those of the clip.
   */
  referenceImages?: Video | readonly Video[];
  /**
   * LTX-Video only, and where a clip is made: pictures and clips that it is to show, one or several, each from a frame on: a first picture, a first and a last one, a clip
   * that goes on. Before 0.9.5 one first picture. In what `callbackOnStepEnd` sees, latents of those that stand at later frames come before those of the clip.
   */
  conditions?: VideoCondition | readonly VideoCondition[];
  /** VACE only: what the hints are multiplied by, one number or one for each, 0…10; 1 by default. */
  conditioningScale?: number | readonly number[];
  /**
   * What the model's ControlNets are shown (edges, depth maps, poses, as each was trained on), frame beside frame of the result; one clip, or one for each
   * ControlNet. Of a shorter clip the last frame stays. An edit shows the source itself by default. VACE is shown one clip: in the mask's bright places, or
   * everywhere where there is no mask.
   */
  controlClip?: Video | readonly Video[];
  /**
   * Show the ControlNets, or VACE, the edges of those clips, white on black, found by us (Canny, thresholds 100 and 200); for ones that were trained on such edges. One
   * word, or one for each.
   */
  controlEdges?: boolean | readonly boolean[];
  /** What the residuals of the ControlNets are multiplied by, one number or one for each; 1 by default. */
  controlnetConditioningScale?: number | readonly number[];
  /** Share of the steps, 0…1, from which on the ControlNets steer, one or one for each; 0 by default. */
  controlGuidanceStart?: number | readonly number[];
  /** Share of the steps up to which they steer, one or one for each; 1 by default. */
  controlGuidanceEnd?: number | readonly number[];
  /**
   * A scheduler, the name of one (`DPM++ 2M Karras`), or a name with its knobs (`euler:sChurn=5,karras`, `{ name: 'euler', sChurn: 5 }`);
   * what it leaves open comes from the model. By default the model's own.
   */
  scheduler?: SchedulerChoice;
  /**
   * How strongly the LoRAs that the model was loaded with act, by their names; those not named as they were loaded. Nothing is loaded again. The text
   * encoder, which reads the prompt once, takes the weight at timestep 999. With picture models also a {@link NumberSchedule} over the clip's frames, of which
   * the text encoder takes the first.
   */
  loraWeights?: Readonly<Record<string, LoraWeight | NumberSchedule>>;
  /** Whole number that fixes the noise; a random one by default, recorded in the result. */
  seed?: number;
  /** DDIM's η, 0 … 1; the scheduler's own default where it is left out. */
  eta?: number;
  /** One noise for all frames rather than one for each: steadier, but noise that stands still shows on moving things. */
  sharedNoise?: boolean;
  /**
   * Frames look at each other: in every self-attention, each takes its keys and values from itself (`'own'`), from the first frame of its window (`'first'`:
   * Text2Video-Zero), from the one before it (`'previous'`), or from several (`['first', 'previous']`: Tune-A-Video's sparse-causal attention). So frames that a
   * picture model makes hang together. All frames of a window then go through the network in one call, which takes more memory. By default the network
   * stays as its file says.
   */
  crossFrame?: FrameSource | readonly FrameSource[];
  /** Multiplies the attention that the picture pays to words of the prompt (Prompt-to-Prompt's re-weighting), for a part of the steps or all of them. */
  attentionControl?: AttentionControl;
  /**
   * Prompts for parts of the picture, by masks of cross-attention: places within a region look at its prompt alone, those in none at the run's. What they are led away
   * from stays the same everywhere.
   */
  regionalPrompts?: readonly RegionalPrompt[];
  /**
   * Perturbed-attention guidance: how far to lead away from what the network predicts without self-attention in {@link DiffusionOptions.pagAppliedLayers}, 0…100; 0 by
   * default, 3 is usual. One prediction more at every step; it works with classifier-free guidance and without.
   */
  pagScale?: number;
  /** Layers without self-attention for that prediction, by id or the start of their path (`['mid_block', 'up_blocks.0']`); `['mid_block']` by default. */
  pagAppliedLayers?: readonly string[];
  /**
   * Smoothed energy guidance (Hong 2024): how far to lead away from what the network predicts with blurred queries of self-attention in
   * {@link DiffusionOptions.segAppliedLayers}, 0…100; 0 by default, 3 is the paper's. One prediction more at every step; it works with classifier-free guidance and
   * without.
   */
  segScale?: number;
  /** With `segScale`: standard deviation of the blur in the layer's own places, above 0; left out, infinite, as in the paper: every place asks what the mean of all asks. */
  segBlurSigma?: number;
  /** Layers whose queries are blurred, by id or the start of their path; `['mid_block']` by default. */
  segAppliedLayers?: readonly string[];
  /**
   * Self-attention guidance (Hong et al. 2023): how far to lead away from what is predicted for latents that are blurred where the network looks most, 0…100; 0 by
   * default, 0.75 is diffusers'. One prediction more at every step; on diffusion's path of noise alone.
   */
  sagScale?: number;
  /** FreeU: amplifies what the UNet computes on its way up, and damps what skips over; 1 everywhere changes nothing. Off by default. */
  freeU?: FreeUFactors;
  /**
   * Video transformers (Wan, LTX-Video) only: leaves all blocks but the first out at steps where the first does nearly what it did before, and takes the others to do
   * what they did: the largest relative change that is taken for none, 0…1; 0.05 to 0.1 are usual. How many calls were saved and how large the changes were that were
   * accepted is told at the end. A run that goes on from a step begins with an empty cache, so it may end otherwise. Left out, every block is run at every step.
   */
  firstBlockCacheThreshold?: number;
  /**
   * Moves of the camera, frame by frame: `{ zoom: 1.02 }`, `{ translationX: { 0: 0, 12: 4 } }`. An edited clip is moved before it is edited; one that is generated gets the
   * move into its noise (Text2Video-Zero), best with `crossFrame: 'first'` where a picture model makes it.
   */
  camera?: CameraMove;
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
  /**
   * A file that keeps what the networks compute until the clip is made, so that a run which was interrupted, failed or was killed with its process goes on there: the same
   * call again, in this process or another one, takes up what is in it and computes the rest, to the same pixels; the seed is that of the beginning where none is given.
   * Relative paths begin at the working folder, in a notebook that is its own. It holds the prompt in the clear and at most 4 GB, is refused where it is another
   * run's, and goes when the clip is made, which a kernel that ends afterwards takes with it: save it in the same cell. Nothing is kept by default.
   */
  resumable?: string;
  /** What to keep of every step, for the result's `run`; true for latents and predicted clean latents. Nothing by default. */
  capture?: CaptureOptions | boolean;
  /** Filled in with the seconds that each stage took. */
  stopwatch?: Stopwatch;
  /** Work that this run has in common with others is taken from here, or left here for them; results stay the same. */
  shared?: SharedWork;
}
