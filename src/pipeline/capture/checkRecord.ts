import type { AttentionSite } from '../onnx/index.js';
import { asProvenance, type Provenance } from '../video/index.js';
import { captureErrors } from './errors.js';
import { capturePlan, type CapturePlan } from '../diffusion/index.js';
import { latentWindows } from './latentRows.js';
import type { RunAttention, RunFrameAttention, RunRecord } from './record.js';

/** Above what any run has: steps, frames, training timesteps. Bounds what a file can make us allocate. */
const MANY = 100_000;

/** Entries of lists that are looked through for each other's entries: steps, layers, words. */
const MOST_LISTED = 10_000;

/** Pixels of a frame. */
const MOST_PIXELS = 2 ** 27;

type Fields = Readonly<Record<string, unknown>>;

/**
 * A record read from a file that anyone may have made: every field that is used is checked.
 *
 * @throws {FrameloomError} `FL_CAPTURE_DAMAGED` naming the field.
 */
export function checkRecord(path: string, value: Fields): RunRecord {
  const check = checker(path);
  const { whole, number, text, list, fields } = check;
  const schedule = fields(value.schedule, 'schedule');
  const record: RunRecord = {
    id: text(value.id, 'id'),
    provenance: provenanceOf(value.provenance, check),
    capture: planOf(value.capture, check),
    fps: number(value.fps, 'fps', 0.01, 1000),
    width: whole(value.width, 'width', 1, 32768),
    height: whole(value.height, 'height', 1, 32768),
    latentWidth: whole(value.latentWidth, 'latentWidth', 1, 32768),
    latentHeight: whole(value.latentHeight, 'latentHeight', 1, 32768),
    ...(value.temporalScaleFactor === undefined
      ? {}
      : { temporalScaleFactor: whole(value.temporalScaleFactor, 'temporalScaleFactor', 1, 64) }),
    stepCount: whole(value.stepCount, 'stepCount', 0, MANY),
    schedule: {
      scheduler: text(schedule.scheduler, 'schedule.scheduler'),
      timesteps: list(schedule.timesteps, 'schedule.timesteps', number),
      sigmas: list(schedule.sigmas, 'schedule.sigmas', number),
      logSnr: list(schedule.logSnr, 'schedule.logSnr', number),
      beginIndex: whole(schedule.beginIndex, 'schedule.beginIndex', 0, MANY),
      ...(schedule.strength === undefined ? {} : { strength: number(schedule.strength, 'schedule.strength') }),
    },
    statistics: list(
      value.statistics,
      'statistics',
      (entry, name) => {
        const { step, timestep, sigma, stats } = fields(entry, name);
        const { mean, std, min, max, change, guidance } = fields(stats, `${name}.stats`);
        const of = {
          mean: number(mean, name),
          std: number(std, name),
          min: number(min, name),
          max: number(max, name),
          change: number(change, name),
        };
        return {
          step: whole(step, name, 1, MANY),
          timestep: number(timestep, name),
          sigma: number(sigma, name),
          stats: guidance === undefined ? of : { ...of, guidance: number(guidance, name) },
        };
      },
      MOST_LISTED,
    ),
    captured: list(value.captured, 'captured', (entry, name) => whole(entry, name, 1, MANY), MOST_LISTED),
    windows: list(value.windows, 'windows', (entry, name) => {
      const { start, end } = fields(entry, name);
      return { start: whole(start, name, 0, MANY), end: whole(end, name, 1, MANY) };
    }),
    words: list(
      value.words,
      'words',
      (entry, name) => {
        const { text: word, tokens, start, end } = fields(entry, name);
        return {
          text: text(word, name),
          tokens: list(tokens, name, (token) => whole(token, name, 0, MANY)),
          start: whole(start, name, 0, MANY),
          end: whole(end, name, 0, MANY),
        };
      },
      MOST_LISTED,
    ),
    ...(value.attention === undefined ? {} : { attention: attentionOf(fields(value.attention, 'attention'), check) }),
    ...(value.frameAttention === undefined
      ? {}
      : { frameAttention: layersOf(fields(value.frameAttention, 'frameAttention'), 'frameAttention', check) }),
    ...(value.preview === undefined ? {} : { preview: previewOf(fields(value.preview, 'preview'), check) }),
    ...(value.branch === undefined
      ? {}
      : {
          branch: {
            run: text(fields(value.branch, 'branch').run, 'branch.run'),
            step: whole(fields(value.branch, 'branch').step, 'branch.step', 0, MANY),
          },
        }),
  };
  const { windows } = record;
  if (record.width * record.height > MOST_PIXELS || record.latentWidth * record.latentHeight > MOST_PIXELS)
    throw check.fail('width and height');
  if (windows.length === 0 || windows[0]!.start !== 0) throw check.fail('windows');
  windows.forEach(({ start, end }, i) => {
    const next = windows[i + 1];
    if (end <= start || (next && (next.start <= start || next.start > end || next.end <= end))) throw check.fail('windows');
  });
  const { attention, frameAttention, captured } = record;
  if (captured.some((step, i) => i > 0 && step <= captured[i - 1]!)) throw check.fail('captured');
  for (const [name, sites = []] of Object.entries({ attention: attention?.sites, frameAttention: frameAttention?.sites }))
    if (new Set(sites.map(({ id }) => id)).size !== sites.length) throw check.fail(`${name}.sites`);
  const frames = latentWindows(record).at(-1)!.end;
  const fitting = attention?.mass.every(
    (ofFrames) => ofFrames.length === frames && ofFrames.every((tokens) => tokens.length === attention.tokens.length),
  );
  if (attention && (!fitting || attention.mass.length !== captured.length)) throw check.fail('attention.mass');
  return record;
}

/** Settings are free-form but for what going on from a step reads. */
function provenanceOf(value: unknown, { fail, fields, text, whole }: Checker): Provenance {
  const provenance = asProvenance(value);
  if (!provenance) throw fail('provenance');
  const scheduler = fields(provenance.settings.scheduler, 'settings.scheduler');
  text(scheduler.name, 'settings.scheduler.name');
  const config = fields(scheduler.config, 'settings.scheduler.config');
  for (const key of ['numTrainTimesteps', 'originalInferenceSteps'])
    if (config[key] !== undefined) whole(config[key], `settings.scheduler.config.${key}`, 1, MANY);
  whole(provenance.settings.numInferenceSteps, 'settings.numInferenceSteps', 1, MANY);
  return provenance;
}

function planOf(value: unknown, { fail, fields }: Checker): CapturePlan {
  try {
    return capturePlan(fields(value, 'capture'))!;
  } catch {
    throw fail('capture');
  }
}

function attentionOf(fields: Fields, check: Checker): RunAttention {
  const { tokens, mass } = fields;
  const { list, whole, number } = check;
  return {
    ...layersOf(fields, 'attention', check),
    tokens: list(tokens, 'attention.tokens', (token, name) => whole(token, name, 0, MANY)),
    mass: list(mass, 'attention.mass', (step, name) => list(step, name, (frame) => list(frame, name, (token) => number(token, name)))),
  };
}

/** Layers and heads of the attention in a field. */
function layersOf({ sites, heads }: Fields, field: string, { list, whole, text, fields }: Checker): RunFrameAttention {
  return {
    sites: list(
      sites,
      `${field}.sites`,
      (entry, name) => {
        const site = fields(entry, name);
        for (const key of ['id', 'kind', 'block', 'form']) text(site[key], `${name}.${key}`);
        for (const key of ['heads', 'factor']) if (site[key] !== undefined) whole(site[key], `${name}.${key}`, 1, MANY);
        whole(site.order, `${name}.order`, 0, MANY);
        return site as unknown as AttentionSite;
      },
      MOST_LISTED,
    ),
    heads: heads === 'mean' ? heads : list(heads, `${field}.heads`, (head, name) => whole(head, name, 0, MANY)),
  };
}

function previewOf({ channels, weights }: Fields, { whole, number, list, fail }: Checker): NonNullable<RunRecord['preview']> {
  const preview = {
    channels: whole(channels, 'preview.channels', 1, 1024),
    weights: list(weights, 'preview.weights', (weight, name) => number(weight, name)),
  };
  if (preview.weights.length !== 3 * (preview.channels + 1)) throw fail('preview');
  return preview;
}

type Checker = ReturnType<typeof checker>;

function checker(path: string) {
  const fail = (name: string) => captureErrors.damaged(path, `its field ${name} is missing or not as it should be`);
  const number = (value: unknown, name: string, min = -Infinity, max = Infinity): number => {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) throw fail(name);
    return value;
  };
  const whole = (value: unknown, name: string, min: number, max: number): number => {
    if (!Number.isInteger(value)) throw fail(name);
    return number(value, name, min, max);
  };
  const text = (value: unknown, name: string): string => {
    if (typeof value !== 'string') throw fail(name);
    return value;
  };
  const list = <T>(value: unknown, name: string, entry: (entry: unknown, name: string) => T, most = MANY): T[] => {
    if (!Array.isArray(value) || value.length > most) throw fail(name);
    return value.map((item) => entry(item, name));
  };
  const fields = (value: unknown, name: string): Fields => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail(name);
    return value as Fields;
  };
  return { fail, number, whole, text, list, fields };
}
