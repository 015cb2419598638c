/**
 * The JSON of a captured run, as far as the library writes it. The renderer's side, with every field explained, is
 * `src/shared/runDisplay.ts`; the kernel's build checks that the two agree.
 */
import type { ClipPayload, PictureUri, StatsPayload } from '../payloads.js';

/** A captured run: {@link RunPayload}. */
export const RUN_MIME = 'application/vnd.frameloom.run+json';

/** One way to look at a run; each is a tab of the renderer. */
export type RunView = 'stages' | 'steps' | 'latents' | 'attention' | 'schedule';

/** Tiles of one size in one picture. The tile of row `r` and frame `f` is number `r * frames + f`, counted in rows of `columns`. */
export interface Atlas {
  path?: string;
  picture?: PictureUri;
  columns: number;
  tileWidth: number;
  tileHeight: number;
  frames: number;
  rows: string[];
  range?: { min: number; max: number };
}

/** One captured step. */
export interface RunStepPayload {
  step: number;
  timestep: number;
  sigma?: number;
  latents?: StatsPayload;
  change?: number;
  guidance?: number;
}

/** The path of noise of the whole schedule, one entry a timestep; the run used those from `beginIndex`. */
export interface SchedulePayload {
  scheduler: string;
  timesteps: number[];
  sigmas: number[];
  logSnr: number[];
  beginIndex: number;
  strength?: number;
}

/** One word of the prompt. */
export interface PromptWordPayload {
  text: string;
  tokens: number[];
  attention?: number;
}

/** Attention of one word. */
export interface WordAttentionPayload {
  text: string;
  bySteps: Atlas;
  byLayers?: Atlas;
  byHeads?: Atlas;
  mass: number[][];
}

/** One channel of the latents. */
export interface LatentChannelPayload {
  atlas: Atlas;
  histograms: number[][];
}

/** One of the method's stages, for the card of `show(run.stages)`. */
export interface StagePayload {
  name: string;
  caption: string;
  picture?: PictureUri;
  tokens?: { text: string; mass?: number }[];
}

/** Body of {@link RUN_MIME}. */
export interface RunPayload {
  type: 'run';
  title?: string;
  kind: 'edited' | 'generated';
  model: string;
  prompt: string;
  negativePrompt?: string;
  seed: number;
  views: RunView[];
  fps: number;
  width: number;
  height: number;
  shownFrames?: number[];
  steps: RunStepPayload[];
  stepCount: number;
  x0?: Atlas;
  xt?: Atlas;
  sourceFrames?: Atlas;
  resultFrames?: Atlas;
  latents?: LatentChannelPayload[];
  words?: PromptWordPayload[];
  attention?: { words: WordAttentionPayload[] };
  schedule?: SchedulePayload;
  stages?: StagePayload[];
  source?: ClipPayload;
  result?: ClipPayload;
}
