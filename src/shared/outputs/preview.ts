import { aBoolean, aCount, aNumber, aString, oneOf, optional, record } from '../shape.js';
import type { TypeOf } from '../shape.js';
import { aPicture, aSide, aTileCount, tiled } from './stored.js';

/** A run under way, or how it ended: {@link PreviewPayload}. */
export const PREVIEW_MIME = 'application/vnd.frameloom.preview+json';

const previewSheet = tiled(
  record({
    picture: aPicture,
    columns: aTileCount,
    count: aTileCount,
    /** Pixels of the sheet. */
    frameWidth: aSide,
    /** Pixels of the sheet. */
    frameHeight: aSide,
  }),
  ({ count, frameWidth, frameHeight }) => count * frameWidth * frameHeight,
);
/** The frames of a run at one step. */
export type PreviewSheet = TypeOf<typeof previewSheet>;

/** The shape of {@link PreviewPayload}. */
export const previewPayload = record({
  type: oneOf('preview'),
  /** Names the run: `previewPixels` messages and the Interrupt button refer to it. */
  runId: aString,
  state: oneOf('running', 'done', 'interrupted'),
  /** What is being done, where it is not a step of denoising: `reading the clip: frame 3 of 8`. */
  stage: optional(aString),
  /** Share of the whole run that is done, 0 … 1, where that is known. */
  fraction: optional(aNumber),
  /** Another run came after this one in its cell: a line says enough until somebody asks. */
  folded: optional(aBoolean),
  /** Steps that are finished. */
  step: aCount,
  steps: aCount,
  /** Noise level at this step. */
  sigma: optional(aNumber),
  secondsSpent: optional(aNumber),
  secondsLeft: optional(aNumber),
  /** All frames of the clip, of equal size, as one sheet in rows from left to right. */
  sheet: optional(previewSheet),
});
/** Body of {@link PREVIEW_MIME}. The document gets a few of these; pixels in between are messages. */
export type PreviewPayload = TypeOf<typeof previewPayload>;
