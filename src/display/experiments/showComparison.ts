import { checkOptions, type OptionChecks, text, ArgumentError } from '../../pipeline/core/index.js';
import { Comparison, type ComparisonSheetOptions, setSheetDrawer } from '../../pipeline/experiments/index.js';
import { COMPARISON_MIME, type Bundle } from '../../shared/outputs/index.js';
import { encodePalettePng } from '../drawing/palettePng.js';
import { storedForms } from '../run/storedForms.js';
import type { DisplaySink } from '../sink.js';
import { comparisonPayload } from './comparisonPayload.js';
import { drawComparison, stillsOf } from './comparisonFigure.js';
import { inWords, shownNumbers } from './grids.js';
import { sheetDrawer } from './runningSheet.js';

setSheetDrawer(sheetDrawer);

const checks: OptionChecks<ComparisonSheetOptions> = {
  title: text,
  numbers: (value) => (Array.isArray(value) ? undefined : "a list of names, such as ['promptAlignment', 'seconds']"),
};

/** Pixels to a layout unit of a sheet that is a file of its own. */
const SCALE = 1.6;
/** Sheets of many cells are stored smaller than other figures: their letters go before the whole sheet does. */
const LEAST_SCALE = 0.4;
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

/** Comparisons that are remembered by what they are called, so that buttons in their outputs find them. The oldest are forgotten. */
const MOST_REMEMBERED = 20;

const ids = new WeakMap<Comparison, string>();
const shown = new Map<string, Comparison>();
let serial = 0;

/** What a comparison is called to the renderer, in all its outputs. */
export function comparisonId(comparison: Comparison): string {
  const id = ids.get(comparison) ?? `comparison-${process.pid}-${Date.now().toString(36)}-${++serial}`;
  ids.set(comparison, id);
  shown.delete(id);
  shown.set(id, comparison);
  for (const old of [...shown.keys()].slice(0, Math.max(0, shown.size - MOST_REMEMBERED))) shown.delete(old);
  return id;
}

/** The comparison that is called so, if this process shows it and has not forgotten it. */
export function comparisonOf(id: string): Comparison | undefined {
  return shown.get(id);
}

/** The forms in which a comparison is shown: the grid (rich), a sheet that tells the story by itself (HTML and PNG), a line a cell (text). */
export async function bundleOfComparison(
  comparison: Comparison,
  { title, room = ROOM }: { title?: string | undefined; room?: number | undefined },
  { sideFolder }: DisplaySink,
): Promise<Bundle> {
  const numbers = shownNumbers(comparison, undefined);
  const words = inWords(comparison, numbers);
  if (!sideFolder) return { 'text/plain': words };
  const state = comparison.cells.length < comparison.size ? 'waiting' : 'done';
  const payload = await comparisonPayload(comparison, { runId: comparisonId(comparison), title }, { state }, sideFolder);
  const stills = await stillsOf(comparison);
  const draw = (scale: number) => drawComparison(comparison, stills, numbers, title, scale);
  return {
    [COMPARISON_MIME]: payload,
    ...(await storedForms(draw, { payload, text: words, room, least: LEAST_SCALE })),
    'text/plain': words,
  };
}
