import { ArgumentError } from '../../pipeline/core/index.js';
import {
  type CellNumber,
  type ComparedCells,
  type ComparisonAxis,
  type ComparisonCell,
  numberOf,
} from '../../pipeline/experiments/index.js';
import { numberNames } from '../../shared/figures/numberNames.js';
import { shortNumber } from '../../shared/figures/ticks.js';

/** What an option is called in figures: as `compareSchedulers` has it. */
export function axisName(option: string): string {
  return option === 'numInferenceSteps' ? 'steps' : option;
}

/** Numbers that a figure has room for. */
const MOST_NUMBERS = 4;

/** Cells over two axes. */
export interface Grid {
  /** The values of all other axes. */
  readonly heading: string;
  /** From left to right. */
  readonly columns: Pick<ComparisonAxis, 'option' | 'labels'>;
  /** From top to bottom. */
  readonly rows: Pick<ComparisonAxis, 'option' | 'labels'>;
  /** The cell of a column and a row; undefined while it is not done. */
  cellAt(column: number, row: number): ComparisonCell | undefined;
}

/** The numbers that were measured of any cell, those that say most first. */
export function measuredNumbers({ cells }: ComparedCells): CellNumber[] {
  const measured = new Set(cells.flatMap(({ metrics }) => ['seconds', ...Object.keys(metrics)]));
  return (Object.keys(numberNames) as CellNumber[]).filter((name) => measured.has(name));
}

/** The numbers that a figure shows: those asked for, or those that were measured and say most. @throws {ArgumentError} for a name of none. */
export function shownNumbers(comparison: ComparedCells, wanted: readonly CellNumber[] | undefined): CellNumber[] {
  const unknown = wanted?.find((name) => !Object.hasOwn(numberNames, name));
  if (unknown !== undefined) throw new ArgumentError('numbers', unknown, `names of numbers: ${Object.keys(numberNames).join(', ')}`);
  const measured = measuredNumbers(comparison);
  return wanted ? wanted.filter((name) => measured.includes(name)) : measured.slice(0, MOST_NUMBERS);
}

/** A comparison as grids: schedulers down and steps across where there are both, else the two axes of most values; a grid for each value of the others. */
export function gridsOf({ axes, cells }: ComparedCells): Grid[] {
  const [rowAxis, columnAxis] = gridAxes(axes);
  const others = axes.flatMap((axis, index) => (index === rowAxis || index === columnAxis ? [] : [{ axis, index }]));
  const combinations = others.reduce<(readonly [index: number, value: number])[][]>(
    (all, { axis, index }) => all.flatMap((chosen) => axis.values.map((_, value) => [...chosen, [index, value] as const])),
    [[]],
  );
  const single = { option: '', labels: [''] };
  return combinations.map((chosen) => ({
    heading: chosen
      .filter(([index]) => axes[index]!.values.length > 1)
      .map(([index, value]) => `${axisName(axes[index]!.option)} ${axes[index]!.labels[value]}`)
      .join(', '),
    columns: columnAxis === undefined ? single : axes[columnAxis]!,
    rows: rowAxis === undefined ? single : axes[rowAxis]!,
    cellAt: (column, row) =>
      cells.find(
        ({ place }) =>
          chosen.every(([index, value]) => place[index] === value) &&
          (columnAxis === undefined || place[columnAxis] === column) &&
          (rowAxis === undefined || place[rowAxis] === row),
      ),
  }));
}

/** The axes of rows and of columns, by their index. */
export function gridAxes(axes: readonly ComparisonAxis[]): [rows: number | undefined, columns: number | undefined] {
  const named = (option: string) => axes.findIndex((axis) => axis.option === option && axis.values.length > 1);
  const [scheduler, steps] = [named('scheduler'), named('numInferenceSteps')];
  if (scheduler >= 0 && steps >= 0) return [scheduler, steps];
  const byLength = axes
    .map(({ values }, index) => ({ index, count: values.length }))
    .filter(({ count }) => count > 1)
    .sort((a, b) => b.count - a.count)
    .slice(0, 2)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
  if (byLength.length < 2) return [undefined, byLength[0]];
  return scheduler >= 0 && byLength.includes(scheduler)
    ? [scheduler, byLength.find((index) => index !== scheduler)]
    : [byLength[0], byLength[1]];
}

/** A number of a cell: two equal clips have an infinite PSNR. */
export function numberText(value: number | undefined): string {
  return value === Infinity ? '∞' : shortNumber(value);
}

/** Every cell with its numbers, a line each. */
export function inWords({ cells, size }: ComparedCells, numbers: readonly CellNumber[]): string {
  const lines = cells.map((cell) => {
    const where = Object.entries(cell.labels).map(([option, label]) => `${axisName(option)} ${label}`);
    const told = numbers.map((name) => `${numberNames[name]} ${numberText(numberOf(cell, name))}`);
    return `${where.join(', ')}: ${told.join(', ')}`;
  });
  return [`${cells.length} of ${size} cells`, ...lines].join('\n');
}
