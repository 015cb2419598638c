import { aCount, aNumber, aString, listOf, oneOf, optional, record } from '../../../shared/shape.js';
import type { Shape } from '../../../shared/shape.js';
import type { Atlas, RunPayload } from '../../../shared/runDisplay.js';

/** Most rows, frames, columns, words and the like: more than any run has, few enough to be drawn. */
const most = 4096;

/** Shapes of the other outputs that a run's payload contains too. */
export interface CommonShapes {
  readonly picture: Shape;
  readonly path: Shape;
  readonly stats: Shape;
  readonly clip: Shape;
}

const whole: Shape = (value, path) => aCount(value, path) ?? ((value as number) > 0 && (value as number) <= most ? undefined : `${path} must be from 1 to ${most}`);
const few = (shape: Shape): Shape => (value, path) => (Array.isArray(value) && value.length > most ? `${path} must have at most ${most} entries` : listOf(shape)(value, path));
const some = (shape: Shape): Shape => (value, path) => few(shape)(value, path) ?? ((value as unknown[]).length > 0 ? undefined : `${path} must not be empty`);
const aRate: Shape = (value, path) => aNumber(value, path) ?? ((value as number) > 0 ? undefined : `${path} must be above 0`);
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
    views: some(oneOf('stages', 'steps', 'latents', 'attention', 'schedule')), fps: aRate, width: whole, height: whole, shownFrames: optional(some(aCount)),
    steps: few(record({ step: aCount, timestep: aNumber, sigma: optional(orNull), latents: optional(stats), change: optional(orNull), guidance: optional(orNull) })),
    stepCount: aCount, x0: optional(atlas), xt: optional(atlas), sourceFrames: optional(atlas), resultFrames: optional(atlas),
    latents: optional(few(record({ atlas, histograms: few(few(aNumber)) }))),
    words: optional(few(record({ text: aString, tokens: few(aCount), attention: optional(aCount) }))),
    attention: optional(record({ words: few(record({ text: aString, bySteps: atlas, byLayers: optional(atlas), byHeads: optional(atlas), mass: few(few(orNull)) })) })),
    schedule: optional(record({ scheduler: aString, timesteps: few(aNumber), sigmas: few(orNull), logSnr: few(orNull), beginIndex: aCount, strength: optional(aNumber) })),
    stages: optional(few(record({ name: aString, caption: aString, picture: optional(picture), tokens: optional(few(record({ text: aString, mass: optional(orNull) }))) }))),
    source: optional(clip), result: optional(clip),
  });
  return (value, path) => fields(value, path) ?? agreement(value as RunPayload, path);
}

function tilesFit({ range, rows, frames, tileWidth, tileHeight }: Atlas, path: string): string | undefined {
  if (range && range.min > range.max) return `${path}.range.min must not be above max`;
  return rows.length * frames * tileWidth * tileHeight > 2 ** 27 ? `${path} must have fewer tiles` : undefined;
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
  const words = run.attention?.words.length ?? 0;
  for (const [i, { attention }] of (run.words ?? []).entries()) if (attention !== undefined && attention >= words) return `${path}.words[${i}].attention must be below ${words}`;
  const { schedule } = run;
  if (!schedule) return undefined;
  const count = schedule.timesteps.length;
  for (const name of ['sigmas', 'logSnr'] as const) if (schedule[name].length !== count) return `${path}.schedule.${name} must have ${count} entries`;
  return schedule.beginIndex <= count ? undefined : `${path}.schedule.beginIndex must be at most ${count}`;
}
