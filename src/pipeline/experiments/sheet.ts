import type { Frame } from '../core/index.js';
import type { ComparedCells } from './comparedCells.js';
import type { CellNumber } from './numbers.js';

/** How a comparison is drawn. */
export interface ComparisonSheetOptions {
  /** What to call it; the prompt by default. */
  title?: string;
  /** The numbers under each cell, by the names that `csv` has; by default up to four of those that were measured. */
  numbers?: readonly CellNumber[];
}

/** Draws comparisons. */
export interface SheetDrawer {
  /** A still of each cell with its numbers. */
  still(comparison: ComparedCells, options: ComparisonSheetOptions): Promise<Frame>;
  /** The same with every cell's clip running, the shorter ones again and again. */
  frames(comparison: ComparedCells, options: ComparisonSheetOptions, signal: AbortSignal | undefined): AsyncIterable<Frame>;
}

let drawer: SheetDrawer | undefined;

/** Says who draws comparisons: what figures look like is known on a floor above this one, which calls this when it is loaded. */
export function setSheetDrawer(next: SheetDrawer): void {
  drawer = next;
}

/** Who draws comparisons. */
export function sheetDrawer(): SheetDrawer {
  if (!drawer) throw new Error('src/display, which draws comparisons, is not loaded.');
  return drawer;
}
