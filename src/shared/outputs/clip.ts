import { aBoolean, aCount, aNumber, aString, mapOf, numberFrom, oneOf, optional, record, wholeFrom } from '../shape.js';
import type { TypeOf } from '../shape.js';
import { aPicture, aRate, aRelativePath, aSide, aTileCount, drawnList, mostDrawn, simpleValue, tiled } from './stored.js';

/** A clip, or a clip beside its source: {@link VideoPayload}. */
export const VIDEO_MIME = 'application/vnd.frameloom.video+json';

const thumbnailStrip = tiled(
  record({
    picture: aPicture,
    columns: aTileCount,
    /** Pixels of the sheet. */
    tileWidth: aSide,
    /** Pixels of the sheet. */
    tileHeight: aSide,
    /** Which frame of the clip each thumbnail shows, ascending. */
    frames: drawnList(aCount),
  }),
  ({ frames, tileWidth, tileHeight }) => frames.length * tileWidth * tileHeight,
);
/** The frames of a clip as small pictures in one sheet, in rows from left to right. */
export type ThumbnailStrip = TypeOf<typeof thumbnailStrip>;

/** The shape of {@link ProvenanceSummary}. */
export const provenanceSummary = record({
  kind: oneOf('edited', 'generated'),
  model: aString,
  prompt: aString,
  negativePrompt: optional(aString),
  seed: aNumber,
  /** What the model's networks ran on; records of older versions lack it. */
  device: optional(aString),
  /** The options of the run; values that are not simple are given as short text. */
  settings: mapOf(simpleValue, mostDrawn),
  /** When, ISO 8601. */
  created: optional(aString),
});
/** How a clip was made, in brief: what a reader wants to know beside the picture. */
export type ProvenanceSummary = TypeOf<typeof provenanceSummary>;

const clipProperties = {
  /** Where the file is, relative to the folder of the notebook. Absent when there is no file, only the pictures here. */
  path: optional(aRelativePath),
  /** What to call it, such as "Source" or the file's name. */
  title: optional(aString),
  /** Pixels of the picture as shown. */
  width: aSide,
  /** Pixels of the picture as shown. */
  height: aSide,
  /** Frames a second. */
  fps: aRate,
  frames: wholeFrom(1, 1e9),
  /** Seconds. */
  duration: numberFrom(0, 1e9),
  hasAudio: optional(aBoolean),
  strip: optional(thumbnailStrip),
  provenance: optional(provenanceSummary),
};

/** The shape of {@link ClipPayload}. */
export const clipPayload = record(clipProperties);
/** One clip, without what it is compared with. */
export type ClipPayload = TypeOf<typeof clipPayload>;

/** The shape of {@link VideoPayload}. */
export const videoPayload = record({
  type: oneOf('video'),
  ...clipProperties,
  /** The clip that this one was made from, for side by side and wipe. */
  source: optional(clipPayload),
});
/** Body of {@link VIDEO_MIME}. */
export type VideoPayload = TypeOf<typeof videoPayload>;
