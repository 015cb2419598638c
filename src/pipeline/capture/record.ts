import type { PromptWord } from '../networks/index.js';
import type { AttentionSite } from '../onnx/index.js';
import type { Provenance } from '../video/index.js';
import type { CapturePlan } from '../diffusion/index.js';

/** The path of noise of a run: one entry for each timestep of the whole schedule. */
export interface RunSchedule {
  /** Class name of the scheduler. */
  readonly scheduler: string;
  /** Noisiest first. */
  readonly timesteps: readonly number[];
  /** Noise level σ = √(1 − ᾱ) ∕ √ᾱ at each timestep. */
  readonly sigmas: readonly number[];
  /** Logarithm of the signal-to-noise ratio, −2 ln σ. */
  readonly logSnr: readonly number[];
  /** Entry at which the run began: 0 for generation, later for an edit of strength below 1. */
  readonly beginIndex: number;
  /** Share of the schedule that an edit ran. */
  readonly strength?: number;
}

/** Numbers that tell how a step went; for clips of several windows, of all windows together. */
export interface StepStatistics {
  /** Of the latents after the step. */
  readonly mean: number;
  /** Standard deviation of the latents. */
  readonly std: number;
  /** Smallest value of the latents. */
  readonly min: number;
  /** Largest value of the latents. */
  readonly max: number;
  /** Root mean square of what the step changed in the latents. */
  readonly change: number;
  /** Root mean square of conditional − unconditional prediction; undefined without guidance. */
  readonly guidance?: number;
}

/** One denoising step of a run. */
export interface RunStep {
  /** From 1 to the number of steps of the run. */
  readonly step: number;
  /** The timestep that the step left. */
  readonly timestep: number;
  /** Its noise level σ = √(1 − ᾱ) ∕ √ᾱ. */
  readonly sigma: number;
  /** Numbers of the step. */
  readonly stats: StepStatistics;
}

/** A window of frames that were denoised together; neighbours may share frames. */
export interface RunWindow {
  /** Index of its first frame in the clip. */
  readonly start: number;
  /** Index after its last frame. */
  readonly end: number;
}

/** Where a branched run came from. */
export interface RunBranch {
  /** `Run.id` of the run that was resumed. */
  readonly run: string;
  /** The step it went on from. */
  readonly step: number;
}

/** Everything of a run but its tensors: what `run.json` holds. */
export interface RunRecord {
  /** A random name of the run. */
  readonly id: string;
  /** What made the clip: model, prompts, seed and settings. */
  readonly provenance: Provenance;
  /** What was captured. */
  readonly capture: CapturePlan;
  /** Frames a second. */
  readonly fps: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Latent pixels. */
  readonly latentWidth: number;
  /** Latent pixels. */
  readonly latentHeight: number;
  /** Frames that each latent frame after the first stands for, where the model's autoencoder compresses time; such a run has one window. */
  readonly temporalScaleFactor?: number;
  /** Steps of the run, captured or not. */
  readonly stepCount: number;
  /** The path of noise. */
  readonly schedule: RunSchedule;
  /** Every step that was done, captured or not. */
  readonly statistics: readonly RunStep[];
  /** Steps whose tensors were kept. */
  readonly captured: readonly number[];
  /** In order; frames of two windows are cross-faded, as in the result. */
  readonly windows: readonly RunWindow[];
  /** Words of the prompt. */
  readonly words: readonly PromptWord[];
  /** Attention that was captured. */
  readonly attention?: RunAttention;
  /** Attention between frames that was captured. */
  readonly frameAttention?: RunFrameAttention;
  /** Weights of the linear preview, `[3, channels + 1]`. */
  readonly preview?: {
    /** Channels of the latents. */
    readonly channels: number;
    /** Row by row, one row for red, green and blue each; the last column is the bias. */
    readonly weights: readonly number[];
  };
  /** Where the run was branched off, for one that was. */
  readonly branch?: RunBranch;
}

/** Which attention was captured, and how much of it each token drew. */
export interface RunAttention {
  /** Layers, in the order of computation. */
  readonly sites: readonly AttentionSite[];
  /** The mean over heads, or the numbers of the heads kept, in their order; a layer that has fewer heads keeps those it has. */
  readonly heads: 'mean' | readonly number[];
  /** Positions of the tokens kept, ascending. */
  readonly tokens: readonly number[];
  /** Share of all attention that each token drew, mean over places, layers and heads: by captured step, frame and token. */
  readonly mass: readonly (readonly (readonly number[])[])[];
}

/** Which attention between frames was captured. */
export type RunFrameAttention = Pick<RunAttention, 'sites' | 'heads'>;
