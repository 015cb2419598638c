import type { Frame, Rectangle } from '../core/index.js';
import { type AfterEdit, afterEdit, atSourceResolution } from '../editing/index.js';
import { canvasOf, type PreparedMask } from '../masks/index.js';
import type { Fit, Size, Video } from '../video/index.js';

/** Bytes of edited frames kept in memory; longer results go to a temporary file, so that memory does not grow with them. */
export const RESULT_MEMORY = 8 << 20;

/** An edit, as far as it is told by the settings of its record and not by the network. */
export interface EditedSize {
  /** The source. */
  readonly clip: Video;
  /** The same as it is worked on. */
  readonly scaled: Video;
  /** The size that is worked at. */
  readonly size: Size;
  /** How the source is fitted to it. */
  readonly fit: Fit;
  /** The part of the source that is worked on; all of it where undefined. */
  readonly crop: Rectangle | undefined;
  /** Where the edit may act, where the caller said so. */
  readonly mask: PreparedMask | undefined;
  /** Whether the result has the source's size. */
  readonly enlarges: boolean;
  /** Name of the method. */
  readonly method: string | undefined;
  /** As `DiffeditSettings.steady`. */
  readonly steady: boolean | undefined;
  /** As `DiffeditSettings.invertMask`. */
  readonly invertMask: boolean | undefined;
  /** As {@link EditPlan.keepPixels}. */
  readonly keepPixels: boolean;
  /** As {@link EditPlan.keepShapes}. */
  readonly keepShapes: boolean;
}

/** What is done with the frames that the network made. */
export interface Finishing {
  /** What brings back what the source has better, at the size that was worked at; undefined where nothing does. */
  readonly after: AfterEdit | undefined;
  /** The result's frames, of the clip's from the first on. */
  finish(decoded: AsyncIterable<Frame>): AsyncIterable<Frame>;
}

/** How the frames that the network made become the result: what the source has better comes back, and the source's size where that is wanted. */
export function finishing(edit: EditedSize, signal?: AbortSignal): Finishing {
  const { clip, scaled, size, fit, crop, mask, enlarges, method, steady, invertMask, keepPixels, keepShapes } = edit;
  // At the source's resolution the mask is drawn there, once, rather than on the edit's pixels.
  const onSource = enlarges && keepPixels && mask?.found.length === 0 ? mask.onSource() : undefined;
  const after = afterEdit({ method, steady, invertMask, keepShapes, mask, keepPixels: keepPixels && !onSource });
  const replaced = { painter: onSource, onlyChanged: after !== undefined };
  return {
    after,
    finish(decoded) {
      const small = after?.finish(decoded) ?? decoded;
      return enlarges ? atSourceResolution(small, clip, scaled, canvasOf(clip, size, fit, crop), replaced, signal) : small;
    },
  };
}
