import { aNumber, anything, listOf, mapOf, numberFrom, orNull, record, where, wholeFrom } from '../shape.js';
import type { Shape, TypeOf } from '../shape.js';

/*
 * What all outputs have in common. A payload is stored in the `.ipynb`, so it stays small: pixels and sound lie in the side
 * folder and are referenced. It may come from a notebook that a stranger made: whoever reads one checks it first and treats
 * every text in it as text.
 */

/** Most bytes of one payload as JSON in UTF-8. */
export const maxPayloadBytes = 200_000;

/** What the name of a notebook's side folder ends in: `story.ipynb` keeps its files in `story.frameloom/`. */
export const sideFolderSuffix = '.frameloom';

/** The shape of a {@link Bundle}. */
export const bundle = mapOf(anything);
/** One output in several forms, by MIME type: text and JSON as themselves, pictures as bytes. */
export type Bundle = Record<string, unknown>;

/** Most entries of a list that is drawn entry by entry: rows, frames, bins, the branch of a tree. */
export const mostDrawn = 4096;
/** Most pixels of all tiles of a sheet: each becomes a canvas. */
const mostTilePixels = 2 ** 25;

/** A list that is drawn entry by entry. */
export const drawnList = <T>(shape: Shape<T>, most = mostDrawn): Shape<readonly T[]> => listOf(shape, most);

/** Pixels of one side of a picture. */
export const aSide = wholeFrom(1, 32768);
/** Tiles of a sheet or a strip, beside each other or in all. */
export const aTileCount = wholeFrom(1, mostDrawn);
/** Frames a second. */
export const aRate = numberFrom(1e-3, 1e5);

/** A picture in the JSON itself, PNG, JPEG or WebP: nothing is loaded from anywhere, and SVG, which can hold more than a picture, is none. */
export const aPicture: Shape<PictureUri> = (value, path) =>
  typeof value === 'string' && /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(value)
    ? undefined
    : `${path} must be a PNG, JPEG or WebP picture as data`;
/** A picture inside the JSON: `data:image/png;base64,…`, or jpeg or webp. */
export type PictureUri = `data:image/${'png' | 'jpeg' | 'webp'};base64,${string}`;

/** A path that stays in the notebook's folder, with `/` between the parts and no `..`: `story.frameloom/4f1c/result.mp4`. */
export const aRelativePath: Shape<string> = (value, path) => {
  const parts = typeof value === 'string' ? value.split('/') : [];
  const good = parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
  return good ? undefined : `${path} must be a path below the notebook's folder`;
};

/** Tiles of one size, so many that all together can be drawn. */
export const tiled = <T>(shape: Shape<T>, pixelsOf: (value: T) => number): Shape<T> =>
  where(shape, (value, path) =>
    pixelsOf(value) <= mostTilePixels ? undefined : `${path} must be smaller: all of it has more than ${mostTilePixels} pixels`,
  );

/** A text, a number, true, false or null. */
export const simpleValue: Shape<string | number | boolean | null> = (value, path) =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value) ? undefined : `${path} must be a simple value`;

/** A number that may be NaN or infinite, which JSON writes as null. */
export const maybeNumber = orNull(aNumber);

/** The shape of {@link NumberStats}. */
export const numberStats = record({ min: maybeNumber, max: maybeNumber, mean: maybeNumber, std: maybeNumber });
/** Range and spread of some numbers; not-a-number and infinities are counted, not averaged. */
export type NumberStats = TypeOf<typeof numberStats>;
