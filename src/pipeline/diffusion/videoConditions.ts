import { ArgumentError, number, type OptionCheck, wholeNumber } from '../core/index.js';
import { Video } from '../video/index.js';

/** A picture or a clip that a made clip is to show at a place: LTX-Video's conditions, diffusers' `LTXVideoCondition`. */
export interface VideoCondition {
  /** The picture, or the clip, of which as many frames count as fit: 1, 9, 17, …; it fills the size worked at, what juts out is cut off. */
  video: Video;
  /** The frame of the clip at which it stands, from 0; 0 by default. */
  frameIndex?: number;
  /** How strongly it holds: at 1, the default, it is shown as it is, at 0 not at all. */
  strength?: number;
}

const parts: Readonly<Record<string, OptionCheck>> = {
  video: (value) => (value instanceof Video ? undefined : 'a Video: await Video.open(…)'),
  frameIndex: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  strength: number(0, 1),
};

/** Refuses what are no conditions. */
export const videoConditionsCheck: OptionCheck = (value) => {
  const given: unknown[] = Array.isArray(value) ? value : [value];
  const wanted = 'a condition { video, frameIndex, strength }, or a list of such';
  if (given.length === 0) return wanted;
  for (const each of given) {
    if (typeof each !== 'object' || each === null || !('video' in each)) return wanted;
    for (const [name, part] of Object.entries(each)) {
      if (!Object.hasOwn(parts, name)) return `${wanted}; it has no "${name.slice(0, 40)}"`;
      const wrong = part === undefined && name !== 'video' ? undefined : parts[name]!(part, name);
      if (wrong !== undefined) return `${wanted}, and ${name} ${wrong}`;
    }
  }
  return undefined;
};

/** Conditions in a list, all said. */
export function listedConditions(given: VideoCondition | readonly VideoCondition[] | undefined): Required<VideoCondition>[] {
  const listed = given === undefined ? [] : Array.isArray(given) ? (given as readonly VideoCondition[]) : [given as VideoCondition];
  return listed.map(({ video, frameIndex = 0, strength = 1 }) => ({ video, frameIndex, strength }));
}

/** Frames of a condition's clip that count: as many as fit behind its place, and a whole number of latent frames. @param factor frames to a latent frame. */
export function countedFrames({ frameIndex }: { frameIndex: number }, frames: number, numFrames: number, factor: number): number {
  return Math.floor((Math.min(frames, numFrames - frameIndex) - 1) / factor) * factor + 1;
}

/**
 * Looks, before any work, whether conditions fit a clip of so many frames.
 *
 * @param factor frames that a latent frame after the first stands for.
 * @throws {ArgumentError} for one that stands behind the clip's end, or a clip of several frames that cannot stand where it does.
 */
export function requireConditionsFit(
  given: VideoCondition | readonly VideoCondition[] | undefined,
  numFrames: number,
  factor: number,
): void {
  for (const { video, frameIndex } of listedConditions(given)) {
    if (frameIndex >= numFrames) throw new ArgumentError('conditions.frameIndex', frameIndex, `a frame of the clip, 0 to ${numFrames - 1}`);
    const frames = video.frameCount ?? Infinity;
    if (frameIndex === 0 || frames === 1) continue;
    if (frameIndex % factor !== 0)
      throw new ArgumentError(
        'conditions.frameIndex',
        frameIndex,
        `a multiple of ${factor} for a clip of several frames; a single picture may stand anywhere`,
      );
    if (countedFrames({ frameIndex }, frames, numFrames, factor) < factor + 1)
      throw new ArgumentError(
        'conditions.video',
        `${video.frameCount ?? 'some'} frames at frame ${frameIndex} of ${numFrames}`,
        `at least ${factor + 1} frames that fit there, or a single picture`,
      );
  }
}
