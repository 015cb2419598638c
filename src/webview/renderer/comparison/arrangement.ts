import type { ComparisonCellPayload, ComparisonPayload } from '../../../shared/outputs/index.js';
import { shortNumber } from '../../../shared/figures/ticks.js';

/** A place for a cell. */
export interface Slot {
  readonly key: string;
  readonly place: readonly number[];
  /** Undefined while it is not done. */
  readonly cell: ComparisonCellPayload | undefined;
  /** Its value on every axis that has several. */
  readonly caption: string;
}

/** Slots in rows under the names of columns, or, where they are sorted by a number, in a row that breaks anywhere. */
export interface Arrangement {
  readonly columns: readonly string[] | undefined;
  readonly rows: readonly { readonly name: string; readonly slots: readonly Slot[] }[];
}

/** The cells over the two axes of the grid, with the other axes at the values that are chosen. */
export function inGrid(payload: ComparisonPayload, chosen: readonly number[]): Arrangement {
  const { axes, rows, columns } = payload;
  const done = cellsByKey(payload);
  const along = (index: number | undefined) => (index === undefined ? [undefined] : axes[index]!.labels.map((_, value) => value));
  const nameOf = (index: number | undefined, value: number | undefined) =>
    index === undefined || value === undefined ? '' : valueName(payload, index, value);
  return {
    columns: along(columns).map((value) => nameOf(columns, value)),
    rows: along(rows).map((down) => ({
      name: nameOf(rows, down),
      slots: along(columns).map((across) => {
        const place = axes.map((_, axis) => (axis === rows ? down! : axis === columns ? across! : (chosen[axis] ?? 0)));
        return slotOf(payload, place, done);
      }),
    })),
  };
}

/** All cells that are done by a number, the best first; those without it come last. */
export function byNumber(payload: ComparisonPayload, index: number): Arrangement {
  const done = cellsByKey(payload);
  const sorted = [...payload.cells].sort((a, b) => compared(worth(payload, b, index), worth(payload, a, index)));
  return { columns: undefined, rows: [{ name: '', slots: sorted.map(({ place }) => slotOf(payload, place, done)) }] };
}

/** The axes that are neither rows nor columns and have several values. */
export function furtherAxes({ axes, rows, columns }: ComparisonPayload): number[] {
  return axes.flatMap(({ labels }, axis) => (axis !== rows && axis !== columns && labels.length > 1 ? [axis] : []));
}

/** The cell that is best in each number, where there is more than one. */
export function bestCells(payload: ComparisonPayload): (ComparisonCellPayload | undefined)[] {
  return payload.numbers.map((_, index) => {
    const [first, second] = [...payload.cells].sort((a, b) => compared(worth(payload, b, index), worth(payload, a, index)));
    return first && second && worth(payload, first, index) > worth(payload, second, index) ? first : undefined;
  });
}

/** The call that makes a cell. */
export function codeOf({ code, axes }: ComparisonPayload, place: readonly number[]): string {
  return `${code.before}${code.common}${axes.map(({ code: lines }, axis) => lines[place[axis]!] ?? '').join('')}${code.after}`;
}

/** A number of a cell for people. */
export function numberText(value: number | 'infinity' | null | undefined): string {
  return value === 'infinity' ? '∞' : shortNumber(value);
}

/** All cells as CSV (RFC 4180), a row each. */
export function csvOf({ axes, numbers, cells }: ComparisonPayload): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = cells.map(({ place, numbers: values }) => [
    ...axes.map(({ labels }, axis) => labels[place[axis]!] ?? ''),
    ...values.map((value) => (value === null ? '' : value === 'infinity' ? 'Infinity' : String(value))),
  ]);
  return [[...axes.map(({ option }) => option), ...numbers.map(({ key }) => key)], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('');
}

/** A value of an axis with the axis's name, where the value alone would say little: `steps 20`, but `DPM++ 2M Karras`. */
export function valueName({ axes }: ComparisonPayload, axis: number, value: number): string {
  const { option, name, labels } = axes[axis]!;
  return option === 'scheduler' ? (labels[value] ?? '') : `${name} ${labels[value] ?? ''}`;
}

function slotOf(payload: ComparisonPayload, place: readonly number[], done: ReadonlyMap<string, ComparisonCellPayload>): Slot {
  const key = place.join();
  const several = payload.axes.flatMap(({ labels }, axis) => (labels.length > 1 ? [valueName(payload, axis, place[axis]!)] : []));
  return { key, place, cell: done.get(key), caption: several.join(', ') };
}

function cellsByKey({ cells }: ComparisonPayload): Map<string, ComparisonCellPayload> {
  return new Map(cells.map((cell) => [cell.place.join(), cell]));
}

/** More is better. */
function worth({ numbers }: ComparisonPayload, cell: ComparisonCellPayload, index: number): number {
  const value = cell.numbers[index] ?? null;
  if (value === null) return NaN;
  const finite = value === 'infinity' ? Infinity : value;
  return numbers[index]?.better === 'less' ? -finite : finite;
}

/** Both may be infinite; what is no number comes last. */
function compared(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a === b ? 0 : a - b;
}
