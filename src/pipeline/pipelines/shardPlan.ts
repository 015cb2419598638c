import type { Frame } from '../core/index.js';
import { type FrameSpan, slidingWindows, type Window, type WindowSpan, windowSpans } from '../diffusion/index.js';
import type { Shard } from '../editing/index.js';
import { shardErrors } from './errors.js';

/** What one machine edits of a clip that several share. */
export interface ShardPlan {
  /** The windows that are edited, in runs of neighbours: the shard's own, and those before that have a hand in its frames. */
  readonly runs: readonly (readonly WindowSpan[])[];
  /** The frames that are the shard's to give. */
  readonly frames: FrameSpan;
}

/** What has to be known to share a clip out. */
export interface SharedClip {
  /** Frames of the clip; undefined where nobody knows. */
  readonly frameCount: number | undefined;
  /** Frames of a window. */
  readonly size: number;
  /** Frames that neighbouring windows share. */
  readonly overlap: number;
  /** Whether windows from a frame on need the noise of the clip's first window. */
  readonly needsFirstWindow: (start: number) => boolean;
}

/**
 * Shares a clip's windows out, as evenly as they go. A shard gives the frames from the beginning of its first window up to that of the next shard's; since they are
 * cross-faded with the windows before, those that reach into them are edited too, and given by the shard before.
 *
 * @throws {FrameloomError} `FL_SHARD_LENGTH` for a clip whose frames are not counted; `FL_SHARD_COUNT` for more shards than windows.
 */
export function planShard({ index, count }: Shard, { frameCount, size, overlap, needsFirstWindow }: SharedClip): ShardPlan {
  if (frameCount === undefined) throw shardErrors.length();
  const windows = windowSpans(frameCount, size, overlap);
  if (count > windows.length) throw shardErrors.count(count, windows.length, frameCount);
  const first = Math.floor(((index - 1) * windows.length) / count);
  const next = Math.floor((index * windows.length) / count);
  const { start } = windows[first]!;
  const from = windows.findIndex(({ end }) => end > start);
  const frames = { start, end: windows[next]?.start ?? frameCount };
  const own = windows.slice(from, next);
  if (from === 0 || !needsFirstWindow(own[0]!.start)) return { runs: [own], frames };
  // Edited for its noise alone where others lie between, so that nothing goes over from it to them.
  const opening = windows[0]!;
  return { runs: from === 1 ? [[opening, ...own]] : [[{ ...opening, nextStart: undefined }], own], frames };
}

/** The windows of a shard with their frames. @param read gives the clip's frames `start` up to but not including `end`. */
export async function* windowsOf(
  { runs }: ShardPlan,
  { size, overlap }: Pick<SharedClip, 'size' | 'overlap'>,
  read: (span: FrameSpan) => AsyncIterable<Frame>,
): AsyncGenerator<Window<Frame>> {
  for (const spans of runs) {
    let at = 0;
    const frames = read({ start: spans[0]!.start, end: spans.at(-1)!.end });
    for await (const window of slidingWindows(frames, size, overlap)) {
      const { start, nextStart } = spans[at++]!;
      yield { start, frames: window.frames, nextStart };
    }
  }
}
