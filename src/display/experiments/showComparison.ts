import { checkOptions, type OptionChecks, text, ArgumentError } from '../../pipeline/core/index.js';
import { Comparison } from '../../pipeline/experiments/index.js';
import type { Bundle } from '../../shared/outputs/index.js';
import { encodePalettePng } from '../drawing/palettePng.js';
import { storedForms } from '../run/storedForms.js';
import type { DisplaySink } from '../sink.js';
import { drawComparison, stillsOf } from './comparisonFigure.js';
import { type CellNumber, inWords, shownNumbers } from './grids.js';

/** How a comparison is drawn. */
export interface ComparisonSheetOptions {
  /** What to call it; the prompt by default. */
  title?: string;
  /** The numbers under each cell, by the names that `csv` has; by default up to four of those that were measured. */
  numbers?: readonly CellNumber[];
}

const checks: OptionChecks<ComparisonSheetOptions> = {
  title: text,
  numbers: (value) => (Array.isArray(value) ? undefined : "a list of names, such as ['promptAlignment', 'seconds']"),
};

/** Pixels to a layout unit of a sheet that is a file of its own. */
const SCALE = 1.6;
/** What an output may take of a notebook, in characters. */
const ROOM = 170_000;

/**
 * A comparison as a sheet in PNG: a still of each cell with its numbers, schedulers down and steps across where both vary, and a grid
 * below the other for each value of the other axes. Cells that are not done are left blank.
 *
 * @throws {ArgumentError} for numbers that there are not; what reading the cells' clips throws.
 */
export async function comparisonSheet(comparison: Comparison, options: ComparisonSheetOptions = {}): Promise<Buffer> {
  if (!(comparison instanceof Comparison)) throw new ArgumentError('comparison', comparison, 'a comparison: compareSchedulers(…)');
  checkOptions('comparisonSheet', options, checks);
  const numbers = shownNumbers(comparison, options.numbers);
  return encodePalettePng(drawComparison(comparison, await stillsOf(comparison), numbers, options.title, SCALE).frame);
}

/** The forms in which a comparison is shown; where outputs are only text, a line a cell. */
export async function bundleOfComparison(
  comparison: Comparison,
  { title, room = ROOM }: { title?: string | undefined; room?: number | undefined },
  { sideFolder }: DisplaySink,
): Promise<Bundle> {
  const numbers = shownNumbers(comparison, undefined);
  const words = inWords(comparison, numbers);
  if (!sideFolder) return { 'text/plain': words };
  const stills = await stillsOf(comparison);
  const draw = (scale: number) => drawComparison(comparison, stills, numbers, title, scale);
  return { ...(await storedForms(draw, { payload: {}, text: words, room })), 'text/plain': words };
}
