/*
 * What `show(run)` and its parts store in a notebook and the renderer draws: what a run of diffusion did, by step,
 * frame, layer, head and word.
 *
 * Pictures lie in atlases: PNG files in the notebook's side folder, each holding many tiles of one size. Maps of one
 * value per place are grey (0 … 255 stands for `range`), and the renderer colours them; so one file serves every colour map
 * and every threshold. Without the side folder the bundle's static picture tells the story.
 */
import type { ClipPayload, NumberStats, PictureUri } from './display.js';

/** A captured run: {@link RunPayload}. */
export const RUN_MIME = 'application/vnd.frameloom.run+json';

/** One way to look at a run; each is a tab of the renderer. */
export type RunView = 'stages' | 'steps' | 'latents' | 'attention' | 'schedule';

/** Tiles of one size in one picture. The tile of row `r` and frame `f` is number `r * frames + f`, counted in rows of `columns`. */
export interface Atlas {
  /** Where the file is, as `ClipPayload.path`. */
  readonly path?: string;
  /** The atlas itself, where it is small enough to be stored. */
  readonly picture?: PictureUri;
  /** Tiles beside each other in the picture. */
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Tiles in a row's run: the frames of the clip that were captured. */
  readonly frames: number;
  /** What each row shows, such as "step 12 of 25", "up_blocks.1, head 3" or "channel 2". */
  readonly rows: readonly string[];
  /** For grey maps: the values that black and white stand for. Absent for colour pictures. */
  readonly range?: { readonly min: number; readonly max: number };
}

/** One captured step. */
export interface RunStepPayload {
  /** 1 … steps of the run. */
  readonly step: number;
  readonly timestep: number;
  readonly sigma?: number;
  /** Of the latents after the step. */
  readonly latents?: NumberStats;
  /** Root mean square of what the step changed in the latents. */
  readonly change?: number;
  /** Root mean square of (conditional − unconditional prediction), the size of the push towards the prompt. */
  readonly guidance?: number;
}

/** The path of noise of the whole schedule, one entry a timestep; the run used those from `beginIndex`. */
export interface SchedulePayload {
  readonly scheduler: string;
  readonly timesteps: readonly number[];
  /** Noise level σ of each timestep (σ = √(1 − ᾱ) ∕ √ᾱ). */
  readonly sigmas: readonly number[];
  /** Log of the signal-to-noise ratio, −2 ln σ. */
  readonly logSnr: readonly number[];
  /** Where this run started: 0 for generation, later for an edit of strength below 1. */
  readonly beginIndex: number;
  readonly strength?: number;
}

/** One word of the prompt. */
export interface PromptWordPayload {
  /** As typed. */
  readonly text: string;
  /** Its tokens' places in the encoded prompt; a word of several sub-tokens has several. */
  readonly tokens: readonly number[];
  /** Entry of `attention.words`, where this word's attention was captured. */
  readonly attention?: number;
}

/** Attention of one word. */
export interface WordAttentionPayload {
  readonly text: string;
  /** Mean over layers and heads; a row is a step. */
  readonly bySteps: Atlas;
  /** Mean over steps and heads; a row is a layer. */
  readonly byLayers?: Atlas;
  /** Mean over steps and layers; a row is a head. */
  readonly byHeads?: Atlas;
  /** Share of all attention that this word drew, mean over places: for each captured step, for each frame. */
  readonly mass: readonly (readonly number[])[];
}

/** One channel of the latents. */
export interface LatentChannelPayload {
  /** A row is a step; the range is the channel's own, over all steps. */
  readonly atlas: Atlas;
  /** For each captured step, counts in equal bins from `range.min` to `range.max` of the atlas. */
  readonly histograms: readonly (readonly number[])[];
}

/** One of the method's stages, for the card of `show(run.stages)`. */
export interface StagePayload {
  /** "Source", "Latents", "Text", "Diffusion", "Result". */
  readonly name: string;
  /** What happens here, in a sentence. */
  readonly caption: string;
  readonly picture?: PictureUri;
  /** Text tokens and how strongly each drew attention, for the stage of text. */
  readonly tokens?: readonly { readonly text: string; readonly mass?: number }[];
}

/** Body of {@link RUN_MIME}. */
export interface RunPayload {
  readonly type: 'run';
  readonly title?: string;
  readonly kind: 'edited' | 'generated';
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly seed: number;
  /** Tabs there are, in order; the first is shown. */
  readonly views: readonly RunView[];
  /** Frames a second, for playing. */
  readonly fps: number;
  /** Pixels of the clip. */
  readonly width: number;
  readonly height: number;
  /** Which frames of the clip the tiles of the atlases show, ascending, from 0; all of them when absent (long clips show some). */
  readonly shownFrames?: readonly number[];
  /** Captured steps, ascending: the rows of the atlases that go by steps (of very many, some). */
  readonly steps: readonly RunStepPayload[];
  /** Denoising steps of the run. */
  readonly stepCount: number;
  /** The predicted clean clip at each step, in colour. */
  readonly x0?: Atlas;
  /** The noisy clip at each step, in colour. */
  readonly xt?: Atlas;
  /** The source's frames as one row; the tiles may be larger than those of `x0`. */
  readonly sourceFrames?: Atlas;
  /** The finished frames as one row: what attention is laid over. */
  readonly resultFrames?: Atlas;
  readonly latents?: readonly LatentChannelPayload[];
  readonly words?: readonly PromptWordPayload[];
  readonly attention?: { readonly words: readonly WordAttentionPayload[] };
  readonly schedule?: SchedulePayload;
  readonly stages?: readonly StagePayload[];
  readonly source?: ClipPayload;
  readonly result?: ClipPayload;
}
