import { PREVIEW_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../shared/display.js';
import type { PayloadByMime, TreeNode } from '../../shared/display.js';
import { RUN_MIME } from '../../shared/runDisplay.js';
import type { RunPayload } from '../../shared/runDisplay.js';
import { aBoolean, aCount, aNumber, aString, listOf, mapOf, oneOf, optional, record } from '../../shared/shape.js';
import type { Shape } from '../../shared/shape.js';
import { runShape } from './run/runShape.js';

/** The payload under each MIME type that is drawn here. */
export interface DrawnPayloads extends PayloadByMime {
  readonly [RUN_MIME]: RunPayload;
}

/** A number above zero. */
const aSize: Shape = (value, path) => aNumber(value, path) ?? ((value as number) > 0 ? undefined : `${path} must be above 0`);

/** A picture in the JSON itself: nothing is loaded from anywhere, and SVG, which can hold more than a picture, is none. */
const aPicture: Shape = (value, path) =>
  typeof value === 'string' && /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(value) ? undefined : `${path} must be a PNG, JPEG or WebP picture as data`;

/** A path that stays in the notebook's folder. */
export const aRelativePath: Shape = (value, path) => {
  const parts = typeof value === 'string' ? value.split('/') : [];
  const good = parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
  return good ? undefined : `${path} must be a path below the notebook's folder`;
};

const strip = record({ picture: aPicture, columns: aSize, tileWidth: aSize, tileHeight: aSize, frames: listOf(aCount) });
const simple: Shape = (value, path) => (value === null || ['string', 'number', 'boolean'].includes(typeof value) ? undefined : `${path} must be a simple value`);
const provenance = record({
  kind: oneOf('edited', 'generated'), model: aString, prompt: aString, negativePrompt: optional(aString), seed: aNumber, settings: mapOf(simple), created: optional(aString),
});
const clipProperties = {
  path: optional(aRelativePath), title: optional(aString), width: aSize, height: aSize, fps: aSize, frames: aSize, duration: aNumber,
  hasAudio: optional(aBoolean), poster: optional(aPicture), strip: optional(strip), provenance: optional(provenance),
};
/** JSON has no NaN and no infinity: they come as null. */
const maybeNumber: Shape = (value, path) => (value === null ? undefined : aNumber(value, path));
const stats = record({ min: maybeNumber, max: maybeNumber, mean: maybeNumber, std: maybeNumber });
const sheet = record({ picture: aPicture, columns: aSize, count: aSize, frameWidth: aSize, frameHeight: aSize, fps: optional(aNumber) });

const treeEntry = record({ key: aString, value: (value, path) => treeNode(value, path) });
const treeKinds: Record<TreeNode['kind'], Shape> = {
  leaf: record({ valueType: aString, text: aString, omitted: optional(aCount) }),
  branch: record({ valueType: aString, name: aString, size: aCount, entries: listOf(treeEntry), omitted: optional(aCount) }),
  cut: record({ reason: aString, text: aString }),
};
const anyNode = record({ kind: oneOf(...Object.keys(treeKinds)) });
function treeNode(value: unknown, path: string): string | undefined {
  // A tree deeper than any that we write would overflow the stack, here or where it is drawn.
  if (path.length > 4000) return `${path.slice(0, 40)}… is too deep`;
  return anyNode(value, path) ?? treeKinds[(value as TreeNode).kind](value, path);
}

const shapes: Record<keyof DrawnPayloads, Shape> = {
  [VIDEO_MIME]: record({ ...clipProperties, source: optional(record(clipProperties)) }),
  [TENSOR_MIME]: record({
    title: optional(aString), elementType: aString, dims: listOf(aCount), dimNames: optional(listOf(aString)), stats, notFinite: optional(aCount),
    histogram: optional(listOf(aNumber)), channels: optional(listOf(stats)), values: optional(listOf(maybeNumber)),
    pictures: optional(listOf(record({ label: aString, picture: aPicture, width: aSize, height: aSize }))),
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
  const problem = shapes[mime](value, 'output');
  if (problem) throw new Error(`This output cannot be shown: ${problem}. Run the cell again to make it anew.`);
  return value as DrawnPayloads[M];
}
