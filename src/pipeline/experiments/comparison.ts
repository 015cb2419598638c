import { AbortError, ambientExperimentObserver, ambientSignal, ArgumentError } from '../core/index.js';
import { betterFirst } from '../metrics/index.js';
import type { Video } from '../video/index.js';
import type { ComparisonAxis, PlannedCell } from './axes.js';
import type { ComparisonCell } from './cells.js';
import { type CallCode, callCode, settingCode } from './code.js';
import type { CellMaker } from './makeCell.js';
import { type CellNumber, numberOf } from './numbers.js';
import type { CellOptions, ComparisonProgress } from './options.js';
import { saveComparison, type SaveComparisonOptions } from './saveComparison.js';
import { tableOf } from './table.js';

/** What a comparison is made of. */
export interface ComparisonParts {
  readonly prompt: string;
  readonly model: string;
  readonly input: Video | undefined;
  readonly axes: readonly ComparisonAxis[];
  /** Options that all cells have. */
  readonly common: CellOptions;
  readonly plan: readonly PlannedCell[];
  readonly maker: CellMaker;
  readonly onProgress: (progress: ComparisonProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Cells that differ in scheduler, steps, seed and whatever is varied, made one after the other: `for await (const cell of comparison)`
 * gives each as it comes, those that are kept already at once. Ended by an interrupt or a `break`, the same loop, or the same call
 * where cells are kept in a folder, goes on where it stood: no cell is made twice.
 */
export class Comparison implements AsyncIterable<ComparisonCell> {
  /** The prompt of all cells. */
  readonly prompt: string;
  /** Name of the model. */
  readonly model: string;
  /** The clip that is edited; undefined where clips are generated. */
  readonly input: Video | undefined;
  /** What the cells differ in; the last varies fastest. */
  readonly axes: readonly ComparisonAxis[];
  private readonly done = new Map<PlannedCell, ComparisonCell>();

  /** @internal Made by `compareSchedulers`. */
  constructor(private readonly parts: ComparisonParts) {
    ({ prompt: this.prompt, model: this.model, input: this.input, axes: this.axes } = parts);
  }

  /** How many cells there are. */
  get size(): number {
    return this.parts.plan.length;
  }

  /** The cells that are done, in the order in which they are made. */
  get cells(): ComparisonCell[] {
    return this.parts.plan.flatMap((planned) => this.done.get(planned) ?? []);
  }

  /** @internal The call of a cell in pieces: each value of each axis and the options that all have, a line each, in the order of the call. */
  get code(): CallCode & { readonly common: string; readonly axes: readonly (readonly string[])[] } {
    const { input, prompt, common, axes } = this.parts;
    return {
      ...callCode(input !== undefined, prompt),
      common: Object.entries(common)
        .map(([name, value]) => settingCode(name, value))
        .join(''),
      axes: axes.map(({ option, values }) => values.map((value) => settingCode(option, value))),
    };
  }

  /** Every cell in turn. @throws {AbortError} when it is interrupted; what editing and generating throw. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ComparisonCell, void, undefined> {
    const { plan, maker } = this.parts;
    const signal = this.parts.signal ?? ambientSignal();
    const watch = ambientExperimentObserver();
    let state: 'done' | 'interrupted' = 'interrupted';
    try {
      for (const planned of plan) {
        if (signal?.aborted) throw new AbortError('Comparing schedulers', { cause: signal.reason });
        const known = this.done.get(planned);
        if (!known) await watch?.({ experiment: this, state: 'running', place: planned.place });
        const cell = known ?? (await maker.make(planned, (run) => this.tell(planned, run), signal));
        this.done.set(planned, cell);
        this.tell(planned, undefined);
        if (!known) await watch?.({ experiment: this, state: 'running' });
        yield cell;
      }
      state = 'done';
    } finally {
      await watch?.({ experiment: this, state });
    }
  }

  /** Makes all that is not done. @throws as the loop over the cells does. */
  async finish(): Promise<this> {
    const cells = this[Symbol.asyncIterator]();
    while (!(await cells.next()).done);
    return this;
  }

  /** The cells that are done by a number, the best first: `comparison.sortedBy('promptAlignment')`. Those without that number come last. */
  sortedBy(number: CellNumber): ComparisonCell[] {
    const numbers = this.cells.map((cell) => [cell, numberOf(cell, number)] as const);
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

  /**
   * Writes the cells that are done to a file: `comparison.csv` their numbers, `comparison.png` a sheet of stills with numbers, and
   * `comparison.mp4` (or any other video) all clips running beside each other, the shorter ones again and again.
   *
   * @returns the file, absolute.
   * @throws {ArgumentError} where no cell is done; `FL_VIDEO_OUTPUT_…` for a name or a place that cannot be written to.
   */
  save(path: string, options: SaveComparisonOptions = {}): Promise<string> {
    return saveComparison(this, path, options);
  }

  private tell(at: PlannedCell, run: ComparisonProgress['run']): void {
    const { plan, onProgress } = this.parts;
    const made = [...this.done].filter(([, { kept }]) => !kept);
    const costOf = (cells: readonly PlannedCell[]) => cells.reduce((sum, { cost }) => sum + cost, 0);
    const seconds = made.reduce((sum, [, cell]) => sum + cell.seconds, 0);
    const left = costOf(plan.filter((planned) => !this.done.has(planned))) - (run?.fraction ?? 0) * at.cost;
    const secondsLeft = made.length === 0 ? undefined : (left * seconds) / costOf(made.map(([planned]) => planned));
    const number = `cell ${plan.indexOf(at) + 1} of ${this.size}`;
    onProgress({
      done: this.done.size,
      cells: this.size,
      fraction: 1 - left / costOf(plan),
      secondsLeft,
      text: run ? `${number}: ${run.text}` : `${number} is done`,
      run,
    });
  }
}
