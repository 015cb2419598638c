import { aCount, aNumber, aString, listOf, oneOf, optional, record, where, wholeFrom } from '../shape.js';
import type { Shape, TypeOf } from '../shape.js';
import { clipPayload } from './clip.js';
import { aRate, aRelativePath, aSide, drawnList, mostDrawn } from './stored.js';

/*
 * What a comparison of settings stores in a notebook and the renderer draws: cells on axes, each with its numbers, a sheet of its frames
 * and its clip in the side folder. It is stored anew whenever a cell comes, and may have hundreds of cells: what cells have in common is
 * said once.
 */

/** A comparison of settings: {@link ComparisonPayload}. */
export const COMPARISON_MIME = 'application/vnd.frameloom.comparison+json';

/** Most axes, numbers and layouts: each has a part of the page to itself. */
const mostParts = 64;
/** Most tiles of a cell: one each for frames that are shown. */
const mostTiles = 256;

const few = <T>(shape: Shape<T>): Shape<readonly T[]> => listOf(shape, mostParts);

/** A number that was measured: null where it was not, and infinity (two equal clips have an infinite PSNR), which JSON lacks, as a word. */
const measured: Shape<number | 'infinity' | null> = (value, path) =>
  value === null || value === 'infinity' ? undefined : aNumber(value, path);

const axis = record({
  /** As the call has it: `numInferenceSteps`. */
  option: aString,
  /** What it is called: `steps`. */
  name: aString,
  /** Each value for people. */
  labels: drawnList(aString),
  /** Each value as a line of the call: `  scheduler: "ddim",`. */
  code: drawnList(aString),
});
/** One thing that cells differ in. */
export type ComparisonAxisPayload = TypeOf<typeof axis>;

const number = record({
  /** As the library has it: `promptAlignment`. */
  key: aString,
  /** What it is called, with its unit. */
  name: aString,
  /** Which end is the good one. */
  better: oneOf('less', 'more'),
});
/** What was measured of cells. */
export type ComparisonNumberPayload = TypeOf<typeof number>;

const layout = where(
  record({
    /** Pixels of the clip. */
    width: aSide,
    /** Pixels of the clip. */
    height: aSide,
    /** Frames a second. */
    fps: aRate,
    /** Frames of the clip. */
    frames: wholeFrom(1, 1e9),
    /** Frames that the sheet shows, evenly spaced, each a tile. */
    tiles: wholeFrom(1, mostTiles),
    /** Tiles beside each other in the sheet. */
    columns: wholeFrom(1, mostTiles),
    tileWidth: wholeFrom(1, 1024),
    tileHeight: wholeFrom(1, 1024),
  }),
  ({ tiles, tileWidth, tileHeight }, path) =>
    tiles * tileWidth * tileHeight > 2 ** 24 ? `${path} must be smaller: its sheet has too many pixels` : undefined,
);
/** What the clips of many cells have in common, and how their frames lie in a sheet: tiles in rows from left to right. */
export type CellLayoutPayload = TypeOf<typeof layout>;

const cell = record({
  /** An index into the values of each axis. */
  place: few(aCount),
  /** As `numbers` of the comparison. */
  numbers: few(measured),
  /** Entry of `layouts`. */
  layout: aCount,
  /** Where the sheet of its frames is, as `ClipPayload.path`. */
  sheet: record({ path: aRelativePath }),
  /** The clip itself. */
  clip: record({ path: aRelativePath }),
});
/** A cell that is done. */
export type ComparisonCellPayload = TypeOf<typeof cell>;

const comparison = record({
  type: oneOf('comparison'),
  /** Names the comparison: `previewPixels` messages and the Interrupt button refer to it. */
  runId: aString,
  title: optional(aString),
  prompt: aString,
  model: aString,
  /** `waiting`: it is not at work and not complete. */
  state: oneOf('running', 'done', 'waiting'),
  /** What is being done: `cell 3 of 12: step 5 of 10`. */
  stage: optional(aString),
  /** Share of the whole that is done, 0 … 1. */
  fraction: optional(aNumber),
  secondsLeft: optional(aNumber),
  /** How many cells there will be. */
  size: aCount,
  axes: few(axis),
  /** Entry of `axes` that goes down; none where all stand in a row. */
  rows: optional(aCount),
  /** Entry of `axes` that goes across. */
  columns: optional(aCount),
  numbers: few(number),
  /** The call that makes a cell: `before`, `common`, the lines of its values, `after`. */
  code: record({ before: aString, common: aString, after: aString }),
  layouts: few(layout),
  cells: drawnList(cell),
  /** Where the cell stands that is being made. */
  running: optional(few(aCount)),
  /** The clip that is edited. */
  source: optional(clipPayload),
});
/** Body of {@link COMPARISON_MIME}. */
export type ComparisonPayload = TypeOf<typeof comparison>;

/** The shape of {@link ComparisonPayload}, every cell inside its axes. */
export const comparisonPayload = where(comparison, disagreement);

/** What does not go together, though each part is well-formed. */
function disagreement(
  { axes, rows, columns, numbers, layouts, cells, running, size }: ComparisonPayload,
  path: string,
): string | undefined {
  if (axes.reduce((product, { labels }) => product * labels.length, 1) > mostDrawn || size > mostDrawn)
    return `${path}.axes must have fewer values`;
  for (const [i, { labels, code }] of axes.entries()) {
    if (labels.length === 0) return `${path}.axes[${i}].labels must not be empty`;
    if (labels.length !== code.length) return `${path}.axes[${i}].code must have ${labels.length} entries, one for each value`;
  }
  for (const [name, index] of Object.entries({ rows, columns }))
    if (index !== undefined && index >= axes.length) return `${path}.${name} must be an axis`;
  if (rows !== undefined && rows === columns) return `${path}.rows must be another axis than columns`;
  const fits = (place: readonly number[]) => place.length === axes.length && place.every((at, axis) => at < axes[axis]!.labels.length);
  for (const [i, each] of cells.entries()) {
    if (!fits(each.place)) return `${path}.cells[${i}].place must be on the axes`;
    if (each.numbers.length !== numbers.length) return `${path}.cells[${i}].numbers must have ${numbers.length} entries`;
    if (each.layout >= layouts.length) return `${path}.cells[${i}].layout must be one of the layouts`;
  }
  return running && !fits(running) ? `${path}.running must be on the axes` : undefined;
}
