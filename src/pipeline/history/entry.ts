import { asProvenance, type Provenance } from '../video/index.js';

/** What a run left behind: how it was made, and what came of it. */
export interface HistoryEntry {
  /** Names the run: its moment and a random end, `20261129T161523042-4f1c9a`. */
  readonly id: string;
  /** The record that its clip carries: model, prompt, seed, every setting, the source's name and SHA-256. */
  readonly provenance: Provenance;
  /** What the model's files and parts were: SHA-256, hexadecimal. */
  readonly modelMark: string;
  /** The source below the folder that the history belongs to, with `/` between the parts; undefined where it lies elsewhere, or is no file. */
  readonly input?: string | undefined;
  /** SHA-256 of the pixels of a source that is no file. */
  readonly inputPixels?: string | undefined;
  /** What the run was given that no record can hold: a callback, a method of one's own. Empty for most runs. */
  readonly unrecorded: readonly string[];
  /** Seconds that the run took. */
  readonly seconds: number;
  /** What was measured of the clip, by the names that `measureClip` has. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The clip. */
  readonly clip: HistoryClip;
  /** A few of its frames side by side: `data:image/jpeg;base64,…`; undefined where none could be made. */
  readonly thumbnail?: string | undefined;
}

/** A clip in a history: its shape, and what it is known by. */
export interface HistoryClip {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** How many frames. */
  readonly frames: number;
  /** Frames a second. */
  readonly fps: number;
  /** SHA-256 of its size, rate, prompt and pixels; files beside a notebook are named after its beginning. */
  readonly digest: string;
}

/** Characters of an entry's file: a record with its settings, and a small picture. */
export const MOST_CHARACTERS = 256 << 10;
/** Characters of a thumbnail. */
export const MOST_THUMBNAIL = 48 << 10;

const idPattern = /^\d{8}T\d{9}-[0-9a-f]{6}$/;
const hashPattern = /^[0-9a-f]{64}$/;

/** Whether a text can name a run. */
export function isHistoryId(text: unknown): text is string {
  return typeof text === 'string' && idPattern.test(text);
}

/** Writes an entry as the text of its file. JSON has no infinity, which is what the PSNR of equal clips is. */
export function writeEntry(entry: HistoryEntry): string {
  return JSON.stringify({ ...entry, frameloomHistory: 1 }, (_, value: unknown) => (value === Infinity ? 'Infinity' : value));
}

/**
 * Reads an entry's file. Anyone may have made it, so every field is checked; what it says of settings is checked when they are used.
 *
 * @returns undefined when the text is no entry.
 */
export function readEntry(text: string, id: string): HistoryEntry | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.frameloomHistory !== 1 || value.id !== id || !isHistoryId(id)) return undefined;
  const { modelMark, input, inputPixels, unrecorded, seconds, thumbnail } = value;
  const provenance = asProvenance(value.provenance);
  const metrics = metricsOf(value.metrics);
  const clip = clipOf(value.clip);
  const fits =
    isHash(modelMark) &&
    (input === undefined || isPathBelow(input)) &&
    (inputPixels === undefined || isHash(inputPixels)) &&
    Array.isArray(unrecorded) &&
    unrecorded.length < 20 &&
    unrecorded.every((name) => typeof name === 'string' && name.length < 100) &&
    isCount(seconds) &&
    (thumbnail === undefined || isPicture(thumbnail));
  if (!fits || !provenance || !metrics || !clip) return undefined;
  return { id, provenance, modelMark, input, inputPixels, unrecorded: unrecorded as string[], seconds, metrics, clip, thumbnail };
}

function metricsOf(value: unknown): Record<string, number> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, number]) => [name, number === 'Infinity' ? Infinity : number] as const);
  const fits = entries.length < 40 && entries.every(([name, number]) => /^[a-zA-Z]{1,40}$/.test(name) && typeof number === 'number');
  return fits ? (Object.fromEntries(entries) as Record<string, number>) : undefined;
}

function clipOf(value: unknown): HistoryClip | undefined {
  if (!isObject(value)) return undefined;
  const { width, height, frames, fps, digest } = value;
  if (![width, height, frames, fps].every((number) => isCount(number) && number > 0) || !isHash(digest)) return undefined;
  return { width, height, frames, fps, digest } as HistoryClip;
}

/** A picture as data: nothing is loaded from anywhere. */
function isPicture(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_THUMBNAIL && /^data:image\/jpeg;base64,[A-Za-z0-9+/]+=*$/.test(value);
}

/** A path that stays below the folder it is meant from. */
function isPathBelow(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length < 4096 &&
    value.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part))
  );
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && hashPattern.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1e12;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
