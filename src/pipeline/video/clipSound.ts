import { framesPerSecond } from './frameRate.js';
import type { OpenedFile } from './openVideo.js';
import type { Soundtrack } from './videoInfo.js';

/** The stretch of an opened file's own sound that belongs to the part that is read. */
export function soundOf({ probed, window }: Pick<OpenedFile, 'probed' | 'window'>): Soundtrack | undefined {
  const { audio, path } = probed.info;
  if (!audio) return undefined;
  return {
    path,
    audio,
    start: probed.clockStart + window.start,
    duration: window.frameCount / framesPerSecond(window.rate),
    joins: probed.frameTimes.joins,
  };
}

/** The sound of a part of a clip, from `start` to `end` seconds. */
export function soundPart(sound: Soundtrack | undefined, start: number, end: number): Soundtrack | undefined {
  if (!sound || start >= sound.duration) return undefined;
  return { ...sound, start: sound.start + start, duration: Math.min(end, sound.duration) - start };
}
