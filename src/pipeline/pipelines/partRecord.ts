import { isDeepStrictEqual } from 'node:util';
import type { Rectangle } from '../core/index.js';
import type { Provenance, Video } from '../video/index.js';
import { shardErrors } from './errors.js';
import { type PartContent, partSize } from './partFrames.js';

/** What the record of a part says of it, beside the settings of the edit, as `settings.part`. */
export interface PartRecord {
  /** Index in the clip of the part's first frame. */
  readonly start: number;
  /** Index after its last. */
  readonly end: number;
  /** Frames of the whole clip. */
  readonly frames: number;
  /** What its frames show, from top to bottom. */
  readonly holds: readonly PartContent[];
  /** The part of the source's pictures that was worked on; all of them where undefined. */
  readonly crop?: Rectangle | undefined;
}

/** A part with what its record says. */
export interface ReadPart extends PartRecord {
  /** Its frames. */
  readonly video: Video;
  /** What it is called in messages: its file, or its place in the list. */
  readonly name: string;
  /** Which shard it is, from 1. */
  readonly index: number;
  /** Of how many. */
  readonly count: number;
  /** The record. */
  readonly provenance: Provenance;
  /** The size of the edited frames, in pixels. */
  readonly size: {
    /** From left to right. */
    readonly width: number;
    /** From top to bottom. */
    readonly height: number;
  };
}

/** Codecs that keep every pixel as it was. */
const LOSSLESS = ['png', 'apng'];

/**
 * Reads what a part is. The record comes out of a file that anyone may have made, so that all of it is checked.
 *
 * @param place of the part in the list, from 0.
 * @throws {FrameloomError} `FL_SHARD_PART`.
 */
export function readPart(video: Video, place: number): ReadPart {
  const name = video.info?.path ?? `Clip ${place + 1}`;
  const { provenance, info } = video;
  const { shard, part, width, height } = (provenance?.settings ?? {}) as Record<string, unknown>;
  if (!provenance || !isObject(shard) || !isObject(part)) throw shardErrors.notAPart(name, 'it has no record of one');
  const { index, count } = shard;
  const { start, end, frames, holds, crop } = part;
  const known: PartContent[] = ['edited', 'roundTrip', 'area', 'over'];
  const sound =
    wholes(index, count, start, end, frames, width, height) &&
    Number(index) >= 1 &&
    Number(index) <= Number(count) &&
    Number(start) < Number(end) &&
    Number(end) <= Number(frames) &&
    Array.isArray(holds) &&
    holds[0] === 'edited' &&
    isDeepStrictEqual(
      holds,
      known.filter((content) => holds.includes(content)),
    ) &&
    (crop === undefined || (isObject(crop) && wholes(crop.left, crop.top, crop.width, crop.height)));
  if (!sound) throw shardErrors.notAPart(name, 'its record was changed');
  if (info && !LOSSLESS.includes(info.codec))
    throw shardErrors.notAPart(name, `it was stored as ${info.codec}, which changes pixels; save parts as .apng`);
  const size = { width: width as number, height: height as number };
  const record = part as unknown as PartRecord;
  const stored = partSize(record.holds, size);
  if (video.width !== stored.width || video.height !== stored.height || video.frameCount !== record.end - record.start)
    throw shardErrors.notAPart(
      name,
      `it has ${video.frameCount ?? 'unknown'} frames of ${video.width} × ${video.height}, where its record says ${record.end - record.start} of ${stored.width} × ${stored.height}`,
    );
  return { ...record, video, name, index: index as number, count: count as number, provenance, size };
}

/**
 * Sees to it that parts are those of one edit, all of them, and puts them in order.
 *
 * @throws {FrameloomError} `FL_SHARD_MIXED`, `FL_SHARD_TWICE`, `FL_SHARD_MISSING`.
 */
export function wholeSet(parts: readonly ReadPart[]): ReadPart[] {
  const first = parts[0]!;
  for (const part of parts.slice(1)) {
    const what = differenceOf(first, part);
    if (what !== undefined) throw shardErrors.mixed([first.name, part.name], what);
  }
  const sorted = [...parts].sort((a, b) => a.index - b.index);
  for (const [place, part] of sorted.slice(1).entries())
    if (sorted[place]!.index === part.index) throw shardErrors.twice(part.index, [sorted[place]!.name, part.name]);
  const missing = Array.from({ length: first.count }, (_, i) => i + 1).filter((index) => !sorted.some((part) => part.index === index));
  if (missing.length > 0) throw shardErrors.missing(missing, first.count);
  let end = 0;
  for (const part of sorted) {
    if (part.start !== end) throw shardErrors.notAPart(part.name, 'its record was changed');
    end = part.end;
  }
  if (end !== first.frames) throw shardErrors.notAPart(sorted.at(-1)!.name, 'its record was changed');
  return sorted;
}

/** What two parts differ in that parts of one edit have in common; undefined where they agree. When and on which device each was made is no matter. */
function differenceOf(one: ReadPart, other: ReadPart): string | undefined {
  const common = ({ provenance, count, frames, holds, crop }: ReadPart): Record<string, unknown> => {
    const { settings, version, model, prompt, negativePrompt, seed, source } = provenance;
    const whole = wholeSettings(settings);
    const facts = { "Frameloom's version": version, model, prompt, 'the negative prompt': negativePrompt, seed, 'the source': source };
    const all = {
      'the number of shards': count,
      ...facts,
      "the clip's length": frames,
      'what they hold': holds,
      'the crop': crop,
      ...whole,
    };
    // As a file would have kept it.
    return JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
  };
  const [a, b] = [common(one), common(other)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].find((name) => !isDeepStrictEqual(a[name], b[name]));
}

/** The settings of the whole edit, out of those of a part. */
export function wholeSettings(settings: Provenance['settings']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'shard' && name !== 'part'));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const wholes = (...values: unknown[]): boolean => values.every((value) => Number.isInteger(value) && (value as number) >= 0);
