import { aCount, aNumber, aString, listOf, numberFrom, oneOf, optional, record, wholeFrom } from '../../../shared/shape.js';
import type { Shape } from '../../../shared/shape.js';
import type { Atlas, RunPayload } from '../../../shared/runDisplay.js';

/** Most rows, frames, columns, words and the like: more than any run has, few enough to be drawn. */
const most = 4096;

/** Most tiles of an atlas: the library writes 1,200 or so, and each is drawn by itself. */
const mostTiles = 16_384;

/** Most words, channels and stages: each has a part of the page to itself. */
const mostCards = 256;

/** Shapes of the other outputs that a run's payload contains too. */
export interface CommonShapes {
  readonly picture: Shape;
  readonly path: Shape;
  readonly stats: Shape;
  readonly clip: Shape;
}

const whole = wholeFrom(1, most);
const few = (shape: Shape, limit = most): Shape => listOf(shape, limit);
const some = (shape: Shape, limit = most): Shape => (value, path) => few(shape, limit)(value, path) ?? ((value as unknown[]).length > 0 ? undefined : `${path} must not be empty`);
/** JSON has no infinity, which the noise level of the first timestep may be: it comes as null. */
const orNull: Shape = (value, path) => (value === null ? undefined : aNumber(value, path));

/** The shape of a run's payload, every list as long as those that it goes with. */
export function runShape({ picture, path: filePath, stats, clip }: CommonShapes): Shape {
  const atlas: Shape = (value, path) => atlasRecord(value, path) ?? tilesFit(value as Atlas, path);
  const atlasRecord = record({
    path: optional(filePath), picture: optional(picture), columns: whole, tileWidth: whole, tileHeight: whole, frames: whole, rows: some(aString),
    range: optional(record({ min: aNumber, max: aNumber })),
  });
  const fields = record({
    type: oneOf('run'), title: optional(aString), kind: oneOf('edited', 'generated'), model: aString, prompt: aString, negativePrompt: optional(aString), seed: aNumber,
    views: some(oneOf('stages', 'steps', 'latents', 'attention', 'schedule'), 5), fps: numberFrom(1e-3, 1e5), width: whole, height: whole, shownFrames: optional(some(aCount)),
    steps: few(record({ step: aCount, timestep: aNumber, sigma: optional(orNull), latents: optional(stats), change: optional(orNull), guidance: optional(orNull) })),
    stepCount: aCount, x0: optional(atlas), xt: optional(atlas), sourceFrames: optional(atlas), resultFrames: optional(atlas),
    latents: optional(few(record({ atlas, histograms: few(few(aNumber)) }), mostCards)),
    words: optional(few(record({ text: aString, tokens: few(aCount), attention: optional(aCount) }), mostCards)),
    attention: optional(record({ words: few(record({ text: aString, bySteps: atlas, byLayers: optional(atlas), byHeads: optional(atlas), mass: few(few(orNull)) }), mostCards) })),
    schedule: optional(record({ scheduler: aString, timesteps: few(aNumber), sigmas: few(orNull), logSnr: few(orNull), beginIndex: aCount, strength: optional(aNumber) })),
    stages: optional(few(record({ name: aString, caption: aString, picture: optional(picture), tokens: optional(few(record({ text: aString, mass: optional(orNull) }), mostCards)) }), mostCards)),
    source: optional(clip), result: optional(clip),
  });
  return (value, path) => fields(value, path) ?? agreement(value as RunPayload, path);
}

function tilesFit({ range, rows, frames, tileWidth, tileHeight }: Atlas, path: string): string | undefined {
  if (range && range.min > range.max) return `${path}.range.min must not be above max`;
  return rows.length * frames > mostTiles || rows.length * frames * tileWidth * tileHeight > 2 ** 27 ? `${path} must have fewer tiles` : undefined;
}

/** What does not go together, though each part is well-formed. */
function agreement(run: RunPayload, path: string): string | undefined {
  const steps = run.steps.length;
  const perStep: [string, number | undefined][] = [
    ['x0.rows', run.x0?.rows.length], ['xt.rows', run.xt?.rows.length],
    ...(run.latents ?? []).flatMap(({ atlas, histograms }, i): [string, number][] => [[`latents[${i}].atlas.rows`, atlas.rows.length], [`latents[${i}].histograms`, histograms.length]]),
    ...(run.attention?.words ?? []).flatMap(({ bySteps, mass }, i): [string, number][] => [[`attention.words[${i}].bySteps.rows`, bySteps.rows.length], [`attention.words[${i}].mass`, mass.length]]),
  ];
  for (const [name, length] of perStep) if (length !== undefined && length !== steps) return `${path}.${name} must have ${steps} entries, one for each step`;
  const shares = run.attention?.words[0]?.mass[0]?.length ?? 0;
  for (const [i, { mass }] of (run.attention?.words ?? []).entries()) if (mass.some((row) => row.length !== shares)) return `${path}.attention.words[${i}].mass must have ${shares} entries at every step, one for each frame`;
  const words = run.attention?.words.length ?? 0;
  for (const [i, { attention }] of (run.words ?? []).entries()) if (attention !== undefined && attention >= words) return `${path}.words[${i}].attention must be below ${words}`;
  const { schedule } = run;
  if (!schedule) return undefined;
  const count = schedule.timesteps.length;
  for (const name of ['sigmas', 'logSnr'] as const) if (schedule[name].length !== count) return `${path}.schedule.${name} must have ${count} entries`;
  return schedule.beginIndex <= count ? undefined : `${path}.schedule.beginIndex must be at most ${count}`;
}
