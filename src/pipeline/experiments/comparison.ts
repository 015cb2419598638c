import { AbortError, ambientSignal, ArgumentError } from '../core/index.js';
import { betterFirst, type ClipMetrics } from '../metrics/index.js';
import type { ComparisonAxis, PlannedCell } from './axes.js';
import type { ComparisonCell } from './cells.js';
import type { CellMaker } from './makeCell.js';
import type { ComparisonProgress } from './options.js';
import { tableOf } from './table.js';

/**
 * Cells that differ in scheduler, steps, seed and whatever is varied, made one after the other: `for await (const cell of comparison)`
 * gives each as it comes, those that are kept already at once. Ended by an interrupt or a `break`, the same loop, or the same call
 * where cells are kept in a folder, goes on where it stood: no cell is made twice.
 */
export class Comparison implements AsyncIterable<ComparisonCell> {
  private readonly done = new Map<PlannedCell, ComparisonCell>();

  /** @internal Made by `compareSchedulers`. */
  constructor(
    /** The prompt of all cells. */
    readonly prompt: string,
    /** Name of the model. */
    readonly model: string,
    /** What the cells differ in; the last varies fastest. */
    readonly axes: readonly ComparisonAxis[],
    private readonly plan: readonly PlannedCell[],
    private readonly maker: CellMaker,
    private readonly onProgress: (progress: ComparisonProgress) => void,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** How many cells there are. */
  get size(): number {
    return this.plan.length;
  }

  /** The cells that are done, in the order in which they are made. */
  get cells(): ComparisonCell[] {
    return this.plan.flatMap((planned) => this.done.get(planned) ?? []);
  }

  /** Every cell in turn. @throws {AbortError} when it is interrupted; what editing and generating throw. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ComparisonCell, void, undefined> {
    const signal = this.signal ?? ambientSignal();
    for (const planned of this.plan) {
      if (signal?.aborted) throw new AbortError('Comparing schedulers', { cause: signal.reason });
      const cell = this.done.get(planned) ?? (await this.maker.make(planned, (run) => this.tell(planned, run), signal));
      this.done.set(planned, cell);
      this.tell(planned, undefined);
      yield cell;
    }
  }

  /** Makes all that is not done. @throws as the loop over the cells does. */
  async finish(): Promise<this> {
    const cells = this[Symbol.asyncIterator]();
    while (!(await cells.next()).done);
    return this;
  }

  /** The cells that are done by a number, the best first: `comparison.sortedBy('promptAlignment')`. Those without that number come last. */
  sortedBy(number: keyof ClipMetrics | 'seconds'): ComparisonCell[] {
    const numbers = [...this.cells].map((cell) => [cell, number === 'seconds' ? cell.seconds : cell.metrics[number]] as const);
    if (numbers.length > 0 && numbers.every(([, value]) => value === undefined))
      throw new ArgumentError(
        'number',
        number,
        `one of ${['seconds', ...Object.keys(numbers[0]![0].metrics)].join(', ')}, which were measured`,
      );
    return numbers.sort(([, a], [, b]) => betterFirst(number, a, b)).map(([cell]) => cell);
  }

  /** The cells that are done as CSV (RFC 4180): a row a cell with its value on each axis, its seconds and its numbers. */
  get csv(): string {
    return tableOf(this.axes, this.cells);
  }

  private tell(at: PlannedCell, run: ComparisonProgress['run']): void {
    const made = [...this.done].filter(([, { kept }]) => !kept);
    const costOf = (cells: readonly PlannedCell[]) => cells.reduce((sum, { cost }) => sum + cost, 0);
    const seconds = made.reduce((sum, [, cell]) => sum + cell.seconds, 0);
    const left = costOf(this.plan.filter((planned) => !this.done.has(planned))) - (run?.fraction ?? 0) * at.cost;
    const secondsLeft = made.length === 0 ? undefined : (left * seconds) / costOf(made.map(([planned]) => planned));
    const number = `cell ${this.plan.indexOf(at) + 1} of ${this.size}`;
    this.onProgress({
      done: this.done.size,
      cells: this.size,
      fraction: 1 - left / costOf(this.plan),
      secondsLeft,
      text: run ? `${number}: ${run.text}` : `${number} is done`,
      run,
    });
  }
}
