import { PREVIEW_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../shared/display.js';
import type { PayloadByMime, PreviewSheet, ThumbnailStrip, TreeNode } from '../../shared/display.js';
import { RUN_MIME } from '../../shared/runDisplay.js';
import type { RunPayload } from '../../shared/runDisplay.js';
import { aBoolean, aCount, aNumber, aString, listOf, mapOf, numberFrom, oneOf, optional, record, wholeFrom } from '../../shared/shape.js';
import type { Shape } from '../../shared/shape.js';
import { excessOf } from './payloadSize.js';
import { runShape } from './run/runShape.js';

/** The payload under each MIME type that is drawn here. */
export interface DrawnPayloads extends PayloadByMime {
  readonly [RUN_MIME]: RunPayload;
}

/** Pixels of one side of a picture. */
const aSide = wholeFrom(1, 32768);
/** Tiles of a sheet or a strip, beside each other or in all. */
const aTileCount = wholeFrom(1, 4096);
/** Frames a second. */
const aRate = numberFrom(1e-3, 1e5);
/** Most entries of a list that is drawn entry by entry, and of a branch of a tree. */
const mostDrawn = 4096;
/** Most pixels of all tiles of a sheet or a strip: each becomes a canvas. */
const mostTilePixels = 2 ** 25;

/** Tiles of one size, so many that all together can be drawn. */
const tiled = (shape: Shape, sizeOf: (value: never) => number): Shape => (value, path) =>
  shape(value, path) ?? (sizeOf(value as never) <= mostTilePixels ? undefined : `${path} must be smaller: all of it has more than ${mostTilePixels} pixels`);

/** A picture in the JSON itself: nothing is loaded from anywhere, and SVG, which can hold more than a picture, is none. */
const aPicture: Shape = (value, path) =>
  typeof value === 'string' && /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(value) ? undefined : `${path} must be a PNG, JPEG or WebP picture as data`;

/** A path that stays in the notebook's folder. */
export const aRelativePath: Shape = (value, path) => {
  const parts = typeof value === 'string' ? value.split('/') : [];
  const good = parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
  return good ? undefined : `${path} must be a path below the notebook's folder`;
};

const strip = tiled(
  record({ picture: aPicture, columns: aTileCount, tileWidth: aSide, tileHeight: aSide, frames: listOf(aCount, mostDrawn) }),
  ({ frames, tileWidth, tileHeight }: ThumbnailStrip) => frames.length * tileWidth * tileHeight,
);
const simple: Shape = (value, path) => (value === null || ['string', 'number', 'boolean'].includes(typeof value) ? undefined : `${path} must be a simple value`);
const provenance = record({
  kind: oneOf('edited', 'generated'), model: aString, prompt: aString, negativePrompt: optional(aString), seed: aNumber, settings: mapOf(simple, mostDrawn), created: optional(aString),
});
const clipProperties = {
  path: optional(aRelativePath), title: optional(aString), width: aSide, height: aSide, fps: aRate, frames: wholeFrom(1, 1e9), duration: numberFrom(0, 1e9),
  hasAudio: optional(aBoolean), poster: optional(aPicture), strip: optional(strip), provenance: optional(provenance),
};
/** JSON has no NaN and no infinity: they come as null. */
const maybeNumber: Shape = (value, path) => (value === null ? undefined : aNumber(value, path));
const stats = record({ min: maybeNumber, max: maybeNumber, mean: maybeNumber, std: maybeNumber });
const sheet = tiled(
  record({ picture: aPicture, columns: aTileCount, count: aTileCount, frameWidth: aSide, frameHeight: aSide, fps: optional(aRate) }),
  ({ count, frameWidth, frameHeight }: PreviewSheet) => count * frameWidth * frameHeight,
);

const treeEntry = record({ key: aString, value: (value, path) => treeNode(value, path) });
const treeKinds: Record<TreeNode['kind'], Shape> = {
  leaf: record({ valueType: aString, text: aString, omitted: optional(aCount) }),
  branch: record({ valueType: aString, name: aString, size: aCount, entries: listOf(treeEntry, mostDrawn), omitted: optional(aCount) }),
  cut: record({ reason: aString, text: aString }),
};
const anyNode = record({ kind: oneOf(...Object.keys(treeKinds)) });
function treeNode(value: unknown, path: string): string | undefined {
  return anyNode(value, path) ?? treeKinds[(value as TreeNode).kind](value, path);
}

const shapes: Record<keyof DrawnPayloads, Shape> = {
  [VIDEO_MIME]: record({ ...clipProperties, source: optional(record(clipProperties)) }),
  [TENSOR_MIME]: record({
    title: optional(aString), elementType: aString, dims: listOf(aCount, 64), dimNames: optional(listOf(aString, 64)), stats, notFinite: optional(aCount),
    histogram: optional(listOf(aNumber, mostDrawn)), channels: optional(listOf(stats, 1024)), values: optional(listOf(maybeNumber, mostDrawn)),
    pictures: optional(listOf(record({ label: aString, picture: aPicture, width: aSide, height: aSide }), 1024)),
  }),
  [TREE_MIME]: record({ title: optional(aString), root: treeNode }),
  [PREVIEW_MIME]: record({
    runId: aString, state: oneOf('running', 'done', 'interrupted'), title: optional(aString), stage: optional(aString), fraction: optional(aNumber), folded: optional(aBoolean),
    step: aCount, steps: aCount, sigma: optional(aNumber),
    secondsSpent: optional(aNumber), secondsLeft: optional(aNumber), sheet: optional(sheet),
  }),
  [RUN_MIME]: runShape({ picture: aPicture, path: aRelativePath, stats, clip: record(clipProperties) }),
};

/** Whether a MIME type is one of ours. */
export function isOurMime(mime: string): mime is keyof DrawnPayloads {
  return Object.hasOwn(shapes, mime);
}

/**
 * Checks what stands under one of our MIME types. The notebook may have come from anyone.
 *
 * @throws Error that says what is wrong with it.
 */
export function checkPayload<M extends keyof DrawnPayloads>(mime: M, value: unknown): DrawnPayloads[M] {
  const problem = excessOf(value) ?? shapes[mime](value, 'output');
  if (problem) throw new Error(`This output cannot be shown: ${problem}. Run the cell again to make it anew.`);
  return value as DrawnPayloads[M];
}
