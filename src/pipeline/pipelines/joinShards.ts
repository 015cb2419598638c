import { abortSignal, ArgumentError, checkOptions, type Frame, throwIfAborted } from '../core/index.js';
import { diffusionChecks } from '../diffusion/index.js';
import type { AfterEdit } from '../editing/index.js';
import { type Mask, PreparedMask } from '../masks/index.js';
import { describeProvenance, type Fit, type ProvenanceSource, Video } from '../video/index.js';
import { shardErrors } from './errors.js';
import { finishing, RESULT_MEMORY } from './finishEdit.js';
import { takenApart } from './partFrames.js';
import { type ReadPart, readPart, wholeSet, wholeSettings } from './partRecord.js';
import { maskOf } from './recordedRun.js';

/** Options of {@link joinShards}. */
export interface JoinShardsOptions {
  /** The mask that the parts were made with, where it holds clips, which no record does. */
  mask?: Mask | Video;
  /** Ends the work when it fires. */
  signal?: AbortSignal;
}

/**
 * Joins the parts that several machines made with `editVideo`'s `shard` to what one would have made: the same frames, with the source's sound, and a record that
 * makes the whole again. No model is needed. What a method does with the frames when they are decoded (colours that are learnt over the clip, the source's own
 * pixels, its size) is done here, once they are together.
 *
 * @param clip the source, opened as it was for the parts.
 * @param parts all of them, in any order; opened from files that keep every pixel, or as they were made.
 * @throws {FrameloomError} `FL_SHARD_PART` for what is no part, `FL_SHARD_MIXED`, `FL_SHARD_TWICE`, `FL_SHARD_MISSING` where the parts are not those of one edit,
 * each once, `FL_SHARD_SOURCE` for another clip, `FL_SHARD_MASK` for a mask that has to be given again; {@link AbortError}.
 */
export async function joinShards(clip: Video, parts: readonly Video[], options: JoinShardsOptions = {}): Promise<Video> {
  checkOptions('joinShards', options, { mask: diffusionChecks.mask, signal: abortSignal });
  if (!(clip instanceof Video)) throw new ArgumentError('clip', clip, 'a Video: await Video.open(…)');
  if (!Array.isArray(parts) || parts.length === 0 || !parts.every((part) => part instanceof Video))
    throw new ArgumentError('parts', parts, 'a list of clips, one or more: await Video.open(…) for each part');
  const { signal } = options;
  const set = wholeSet((parts as readonly Video[]).map(readPart));
  const [{ provenance, size, frames, crop }] = set as [ReadPart];
  requireSource(await clip.describeSource(signal), clip, provenance.source, frames);

  const settings = wholeSettings(provenance.settings) as {
    method?: string;
    steady?: boolean;
    invertMask?: boolean;
    fit?: Fit;
    resolution?: string;
    keepPixels?: boolean;
    keepShapes?: boolean;
  };
  const mask = await maskOfParts(settings, clip, options);
  const { method, steady, invertMask, fit = 'cover', resolution, keepPixels = false, keepShapes = false } = settings;
  const worked = crop ? await clip.crop(crop) : clip;
  const scaled = await worked.resize({ ...size, fit });
  const enlarges = resolution === 'source';
  const { after, finish } = finishing(
    { clip, scaled, size, fit, crop, mask, enlarges, method, steady, invertMask, keepPixels, keepShapes },
    signal,
  );
  return clip.withFrames(finish(editedFrames(set, scaled, after, signal)), {
    provenance: describeProvenance({ ...provenance, settings, created: undefined }),
    memoryLimit: RESULT_MEMORY,
    signal,
  });
}

/** The edited frames of all parts, each told of before it comes. */
async function* editedFrames(
  parts: readonly ReadPart[],
  scaled: Video,
  after: AfterEdit | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Frame> {
  const sources = after && scaled.frames({ signal })[Symbol.asyncIterator]();
  try {
    for (const { video, start, holds, size } of parts) {
      let index = start;
      for await (const frame of video.frames({ signal })) {
        throwIfAborted(signal, 'Joining the parts');
        const { edited, roundTrip, area, over } = takenApart(frame, holds, size);
        const source = await sources?.next();
        if (after && source && !source.done && area) after.add(index, [source.value], [roundTrip ?? source.value], area, over);
        index++;
        yield edited;
      }
    }
  } finally {
    await sources?.return?.();
  }
}

/** @throws {FrameloomError} `FL_SHARD_SOURCE` unless the clip is the one that was edited, as far as a record tells. */
function requireSource(given: ProvenanceSource | undefined, clip: Video, source: ProvenanceSource | undefined, frames: number): void {
  const name = source?.name ?? 'a clip in memory';
  if (source && given && given.sha256 !== source.sha256) throw shardErrors.source(name, 'its SHA-256 is another');
  if (clip.frameCount !== frames)
    throw shardErrors.source(name, `it has ${clip.frameCount ?? 'unknown'} frames, and the parts are of ${frames}`);
}

/** The mask that the parts were made with; undefined where there was none. */
async function maskOfParts(
  settings: Readonly<Record<string, unknown>>,
  clip: Video,
  { mask: given, signal }: JoinShardsOptions,
): Promise<PreparedMask | undefined> {
  if (settings.mask === undefined) return undefined;
  const mask = given ?? maskOf(settings);
  if (!mask) throw shardErrors.mask();
  return PreparedMask.create(mask, clip, signal);
}
