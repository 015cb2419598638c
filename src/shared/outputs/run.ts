import { aCount, aNumber, aString, listOf, oneOf, optional, record, where, wholeFrom } from '../shape.js';
import type { Shape, TypeOf } from '../shape.js';
import { clipPayload } from './clip.js';
import { aPicture, aRate, aRelativePath, drawnList, maybeNumber, mostDrawn, numberStats } from './stored.js';

/*
 * What `show(run)` and its parts store in a notebook and the renderer draws: what a run of diffusion did, by step,
 * frame, layer, head and word.
 *
 * Pictures lie in atlases: PNG files in the notebook's side folder, each holding many tiles of one size. Maps of one
 * value per place are grey (0 … 255 stands for `range`), and the renderer colours them; so one file serves every colour map
 * and every threshold. Without the side folder the bundle's static picture tells the story.
 */

/** A captured run: {@link RunPayload}. */
export const RUN_MIME = 'application/vnd.frameloom.run+json';

/** Most tiles of an atlas: the library writes 1,200 or so, and each is drawn by itself. */
const mostTiles = 16_384;
/** Most words, channels and stages: each has a part of the page to itself. */
const mostCards = 256;

const whole = wholeFrom(1, mostDrawn);
const some = <T>(shape: Shape<T>, most = mostDrawn): Shape<readonly T[]> =>
  where(listOf(shape, most), (list, path) => (list.length > 0 ? undefined : `${path} must not be empty`));
const cards = <T>(shape: Shape<T>): Shape<readonly T[]> => listOf(shape, mostCards);

const atlas = where(
  record({
    /** Where the file is, as `ClipPayload.path`. */
    path: optional(aRelativePath),
    /** The atlas itself, where it is small enough to be stored. */
    picture: optional(aPicture),
    /** Tiles beside each other in the picture. */
    columns: whole,
    tileWidth: whole,
    tileHeight: whole,
    /** Tiles in a row's run: the frames of the clip that were captured. */
    frames: whole,
    /** What each row shows, such as "step 12 of 25", "up_blocks.1, head 3" or "channel 2". */
    rows: some(aString),
    /** For grey maps: the values that black and white stand for. Absent for colour pictures. */
    range: optional(record({ min: aNumber, max: aNumber })),
  }),
  ({ range, rows, frames, tileWidth, tileHeight }, path) => {
    if (range && range.min > range.max) return `${path}.range.min must not be above max`;
    return rows.length * frames > mostTiles || rows.length * frames * tileWidth * tileHeight > 2 ** 27
      ? `${path} must have fewer tiles`
      : undefined;
  },
);
/** Tiles of one size in one picture. The tile of row `r` and frame `f` is number `r * frames + f`, counted in rows of `columns`. */
export type Atlas = TypeOf<typeof atlas>;

const runView = oneOf('stages', 'steps', 'latents', 'attention', 'frames', 'schedule');
/** One way to look at a run; each is a tab of the renderer. */
export type RunView = TypeOf<typeof runView>;

const runStep = record({
  /** 1 … steps of the run. */
  step: aCount,
  timestep: aNumber,
  /** Noise level; null where it is infinite. */
  sigma: optional(maybeNumber),
  /** Of the latents after the step. */
  latents: optional(numberStats),
  /** Root mean square of what the step changed in the latents. */
  change: optional(maybeNumber),
  /** Root mean square of (conditional − unconditional prediction), the size of the push towards the prompt. */
  guidance: optional(maybeNumber),
});
/** One captured step. */
export type RunStepPayload = TypeOf<typeof runStep>;

const schedule = record({
  scheduler: aString,
  timesteps: drawnList(aNumber),
  /** Noise level σ of each timestep (σ = √(1 − ᾱ) ∕ √ᾱ); null where it is infinite. */
  sigmas: drawnList(maybeNumber),
  /** Log of the signal-to-noise ratio, −2 ln σ; null where it is infinite. */
  logSnr: drawnList(maybeNumber),
  /** Where this run started: 0 for generation, later for an edit of strength below 1. */
  beginIndex: aCount,
  strength: optional(aNumber),
});
/** The path of noise of the whole schedule, one entry a timestep; the run used those from `beginIndex`. */
export type SchedulePayload = TypeOf<typeof schedule>;

const promptWord = record({
  /** As typed. */
  text: aString,
  /** Its tokens' places in the encoded prompt; a word of several sub-tokens has several. */
  tokens: drawnList(aCount),
  /** Entry of `attention.words`, where this word's attention was captured. */
  attention: optional(aCount),
});
/** One word of the prompt. */
export type PromptWordPayload = TypeOf<typeof promptWord>;

const wordAttention = record({
  text: aString,
  /** Mean over layers and heads; a row is a step. */
  bySteps: atlas,
  /** Mean over steps and heads; a row is a layer. */
  byLayers: optional(atlas),
  /** Mean over steps and layers; a row is a head. */
  byHeads: optional(atlas),
  /** Share of all attention that this word drew, mean over places: for each captured step, for each frame. */
  mass: drawnList(drawnList(maybeNumber)),
});
/** Attention of one word. */
export type WordAttentionPayload = TypeOf<typeof wordAttention>;

const frameAttention = record({
  /** How much frames look at each other, as maps of frames by frames, those that look downwards; mean over layers and heads; a row is a step. */
  bySteps: atlas,
  /** Mean over steps and heads; a row is a layer. */
  byLayers: optional(atlas),
  /** Mean over steps and layers; a row is a head. */
  byHeads: optional(atlas),
  /** For each shown frame of the clip the line of the maps that it is. */
  lines: drawnList(aCount),
});
/** Attention between frames. */
export type FrameAttentionPayload = TypeOf<typeof frameAttention>;

const latentChannel = record({
  /** A row is a step; the range is the channel's own, over all steps. */
  atlas,
  /** For each captured step, counts in equal bins from `range.min` to `range.max` of the atlas. */
  histograms: drawnList(drawnList(aNumber)),
});
/** One channel of the latents. */
export type LatentChannelPayload = TypeOf<typeof latentChannel>;

const stage = record({
  /** "Source", "Latents", "Text", "Diffusion", "Result". */
  name: aString,
  /** What happens here, in a sentence. */
  caption: aString,
  picture: optional(aPicture),
  /** Text tokens and how strongly each drew attention, for the stage of text. */
  tokens: optional(cards(record({ text: aString, mass: optional(maybeNumber) }))),
});
/** One of the method's stages, for the card of `show(run.stages)`. */
export type StagePayload = TypeOf<typeof stage>;

const run = record({
  type: oneOf('run'),
  title: optional(aString),
  kind: oneOf('edited', 'generated'),
  model: aString,
  prompt: aString,
  negativePrompt: optional(aString),
  seed: aNumber,
  /** Tabs there are, in order; the first is shown. */
  views: some(runView, 6),
  /** Frames a second, for playing. */
  fps: aRate,
  /** Pixels of the clip. */
  width: whole,
  /** Pixels of the clip. */
  height: whole,
  /** Which frames of the clip the tiles of the atlases show, ascending, from 0; all of them when absent (long clips show some). */
  shownFrames: optional(some(aCount)),
  /** Captured steps, ascending: the rows of the atlases that go by steps (of very many, some). */
  steps: drawnList(runStep),
  /** Denoising steps of the run. */
  stepCount: aCount,
  /** The predicted clean clip at each step, in colour. */
  x0: optional(atlas),
  /** The noisy clip at each step, in colour. */
  xt: optional(atlas),
  /** The source's frames as one row; the tiles may be larger than those of `x0`. */
  sourceFrames: optional(atlas),
  /** The finished frames as one row: what attention is laid over. */
  resultFrames: optional(atlas),
  latents: optional(cards(latentChannel)),
  words: optional(cards(promptWord)),
  attention: optional(record({ words: cards(wordAttention) })),
  frameAttention: optional(frameAttention),
  schedule: optional(schedule),
  stages: optional(cards(stage)),
  source: optional(clipPayload),
  result: optional(clipPayload),
});
/** Body of {@link RUN_MIME}. */
export type RunPayload = TypeOf<typeof run>;

/** The shape of {@link RunPayload}, every list as long as those that it goes with. */
export const runPayload = where(run, disagreement);

/** What does not go together, though each part is well-formed. */
function disagreement(
  { steps, x0, xt, latents = [], attention, frameAttention, words = [], schedule }: RunPayload,
  path: string,
): string | undefined {
  const perStep: [string, number | undefined][] = [
    ['x0.rows', x0?.rows.length],
    ['xt.rows', xt?.rows.length],
    ['frameAttention.bySteps.rows', frameAttention?.bySteps.rows.length],
    ...latents.flatMap(({ atlas, histograms }, i): [string, number][] => [
      [`latents[${i}].atlas.rows`, atlas.rows.length],
      [`latents[${i}].histograms`, histograms.length],
    ]),
    ...(attention?.words ?? []).flatMap(({ bySteps, mass }, i): [string, number][] => [
      [`attention.words[${i}].bySteps.rows`, bySteps.rows.length],
      [`attention.words[${i}].mass`, mass.length],
    ]),
  ];
  for (const [name, length] of perStep)
    if (length !== undefined && length !== steps.length) return `${path}.${name} must have ${steps.length} entries, one for each step`;
  for (const name of ['bySteps', 'byLayers', 'byHeads'] as const) {
    const maps = frameAttention?.[name];
    if (maps && (maps.frames !== 1 || maps.tileWidth !== maps.tileHeight))
      return `${path}.frameAttention.${name} must have a square tile in each row`;
  }
  const beyond = frameAttention?.lines.find((line) => line >= frameAttention.bySteps.tileHeight);
  if (beyond !== undefined) return `${path}.frameAttention.lines must be below ${frameAttention!.bySteps.tileHeight}`;
  const attended = attention?.words ?? [];
  const shares = attended[0]?.mass[0]?.length ?? 0;
  for (const [i, { mass }] of attended.entries()) {
    if (mass.some((row) => row.length !== shares))
      return `${path}.attention.words[${i}].mass must have ${shares} entries at every step, one for each frame`;
  }
  for (const [i, { attention: entry }] of words.entries())
    if (entry !== undefined && entry >= attended.length) return `${path}.words[${i}].attention must be below ${attended.length}`;
  if (!schedule) return undefined;
  const count = schedule.timesteps.length;
  for (const name of ['sigmas', 'logSnr'] as const)
    if (schedule[name].length !== count) return `${path}.schedule.${name} must have ${count} entries`;
  return schedule.beginIndex <= count ? undefined : `${path}.schedule.beginIndex must be at most ${count}`;
}
