import { aCount, aNumber, aString, listOf, oneOf, optional, record } from '../shape.js';
import type { TypeOf } from '../shape.js';
import { aPicture, aSide, drawnList, maybeNumber, numberStats } from './stored.js';

/** Numbers of a tensor, with pictures of it: {@link TensorPayload}. */
export const TENSOR_MIME = 'application/vnd.frameloom.tensor+json';

const tensorPicture = record({
  /** What it shows: `frame 0`, `channel 2`, `token "balloon"`. */
  label: aString,
  picture: aPicture,
  /** Pixels. */
  width: aSide,
  /** Pixels. */
  height: aSide,
});
/** A picture of a part of a tensor. */
export type TensorPicture = TypeOf<typeof tensorPicture>;

/** The shape of {@link TensorPayload}. */
export const tensorPayload = record({
  type: oneOf('tensor'),
  /** What to call it, such as "latents after step 12". */
  title: optional(aString),
  /** `float32`, `int64`, … */
  elementType: aString,
  dims: listOf(aCount, 64),
  /** What each dimension counts, as long as `dims`: `['frames', 'channels', 'height', 'width']`. */
  dimNames: optional(listOf(aString, 64)),
  stats: numberStats,
  /** Elements that are NaN or infinite. */
  notFinite: optional(aCount),
  /** Counts of elements in equal bins from `stats.min` to `stats.max`. */
  histogram: optional(drawnList(aNumber)),
  /** One entry for each channel, in order; the library writes at most 64. */
  channels: optional(drawnList(numberStats, 1024)),
  pictures: optional(drawnList(tensorPicture, 1024)),
  /** The numbers themselves, when there are few: a flat list in row order. */
  values: optional(drawnList(maybeNumber)),
});
/** Body of {@link TENSOR_MIME}. */
export type TensorPayload = TypeOf<typeof tensorPayload>;
