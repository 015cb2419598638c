import type { Tensor } from '../tensor.js';
import type { Frame } from '../video/index.js';
import { KeptPixels } from './keptPixels.js';
import { KeptShapes } from './keptShapes.js';

/** What the edited frames go through when they are decoded: it brings back what the source has better. */
export interface AfterEdit {
  /**
   * Takes in a window, before its frames come out.
   *
   * @param start index of its first frame in the clip.
   * @param source its frames.
   * @param roundTrip the same after encoding and decoding.
   * @param area `[frames, 1, height, width]`, 0…1: where the edit may change pixels.
   */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void;
  /** The decoded frames, from the clip's first on, with what the source has better. */
  finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame>;
}

/** What a plan's settings ask for after the edit; undefined when the decoded frames are the result. */
export function afterEdit({ keepShapes, keepPixels }: { keepShapes?: unknown; keepPixels?: unknown }): AfterEdit | undefined {
  if (keepShapes === true) return new KeptShapes();
  return keepPixels === true ? new KeptPixels() : undefined;
}
