import type { Video } from '../video/index.js';
import type { ComparisonAxis } from './axes.js';
import type { ComparisonCell } from './cells.js';
import type { CellNumber } from './numbers.js';

/** What a comparison has made so far: all that drawing and saving it takes. */
export interface ComparedCells {
  /** The prompt of all cells. */
  readonly prompt: string;
  /** Name of the model. */
  readonly model: string;
  /** The clip that is edited; undefined where clips are generated. */
  readonly input: Video | undefined;
  /** What the cells differ in; the last varies fastest. */
  readonly axes: readonly ComparisonAxis[];
  /** How many cells there are to be. */
  readonly size: number;
  /** The cells that are done, in the order in which they are made. */
  readonly cells: readonly ComparisonCell[];
  /** The cells that are done as CSV (RFC 4180): a row a cell. */
  readonly csv: string;
  /** The cells that are done by a number, the best first; those without it last. @throws {ArgumentError} for a number that none has. */
  sortedBy(number: CellNumber): readonly ComparisonCell[];
}
