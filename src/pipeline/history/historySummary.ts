import type { HistoryEntry } from './entry.js';

/** A run in a list: what one looks for it by. Of a record anyone may have made, so texts are cut and numbers are numbers. */
export interface HistorySummary {
  /** Names the run. */
  readonly id: string;
  /** When, ISO 8601. */
  readonly created: string;
  /** Whether a clip was edited, or made from words alone. */
  readonly kind: 'edited' | 'generated';
  /** The prompt, cut where it is very long. */
  readonly prompt: string;
  /** Name of the model. */
  readonly model: string;
  /** Sampler: its class without the ending that all have. */
  readonly scheduler: string;
  /** Denoising steps. */
  readonly steps: number;
  /** The seed. */
  readonly seed: number;
  /** Seconds that it took. */
  readonly seconds: number;
  /** Other settings that are simple values: `{ strength: 0.7, method: 'diffedit' }`. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** What was measured; null for infinity, which JSON cannot say. */
  readonly numbers: Readonly<Record<string, number | null>>;
  /** A few frames: `data:image/jpeg;base64,…`. */
  readonly picture?: string;
  /** What the clip's file is called, if it was shown in the notebook. */
  readonly file: string;
}

const LONGEST = 500;
/** Settings that every run has and few look for. */
const ownPlace = ['numInferenceSteps', 'scheduler'];
const MOST_SETTINGS = 30;

/** An entry as a list shows it. */
export function summaryOf({ id, provenance, seconds, metrics, clip, thumbnail }: HistoryEntry): HistorySummary {
  const { created, kind, prompt, model, seed, settings, negativePrompt } = provenance;
  const { name } = (settings.scheduler ?? {}) as { name?: unknown };
  const { numInferenceSteps: steps } = settings;
  const all: [string, unknown][] = Object.entries({ negativePrompt, ...settings });
  const simple = all.filter(
    (entry): entry is [string, string | number | boolean | null] =>
      !ownPlace.includes(entry[0]) && (entry[1] === null || ['string', 'number', 'boolean'].includes(typeof entry[1])),
  );
  return {
    id,
    created: created.slice(0, 40),
    kind,
    prompt: cut(prompt),
    model: cut(model),
    scheduler: typeof name === 'string' ? cut(name).replace(/Scheduler$/, '') : 'unknown',
    steps: typeof steps === 'number' && Number.isFinite(steps) ? steps : 0,
    seed: Number.isFinite(seed) ? seed : 0,
    seconds,
    settings: Object.fromEntries(
      simple.slice(0, MOST_SETTINGS).map(([key, value]) => [cut(key), typeof value === 'string' ? cut(value) : finite(value)]),
    ),
    numbers: Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, finite(value)])),
    ...(thumbnail === undefined ? {} : { picture: thumbnail }),
    file: clipFileName(clip.digest),
  };
}

/** What the file of a made clip is called beside a notebook. @param digest as `clipDigest` gives it. */
export function clipFileName(digest: string): string {
  return `clip-${digest.slice(0, 10)}.mp4`;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function finite<T>(value: T): T | null {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
