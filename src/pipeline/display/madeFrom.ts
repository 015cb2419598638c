import type { Video } from '../video/index.js';

const sources = new WeakMap<Video, Video>();

/** Remembers which clip an edit was made from, for as long as the result is in use. */
export function rememberSource(result: Video, source: Video): void {
  sources.set(result, source);
}

/** The clip that this one was made from in this process. */
export function sourceOf(result: Video): Video | undefined {
  return sources.get(result);
}
