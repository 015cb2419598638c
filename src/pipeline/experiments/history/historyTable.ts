import { ArgumentError } from '../../core/index.js';
import { historyErrors } from '../../history/index.js';
import { betterFirst, type ClipMetrics } from '../../metrics/index.js';
import type { HistoryRun } from './historyRun.js';

/** A number of a run: a metric, `seconds`, or in short `alignment` and `consistency`. */
export type HistoryNumber = keyof ClipMetrics | 'seconds' | 'alignment' | 'consistency';

/** What the runs of a table are sorted by: a number, the best first; the newest first; or what was set, in its own order. */
export type HistorySort = HistoryNumber | 'newest' | 'seed' | 'steps' | 'scheduler' | 'prompt';

/** Which runs, and in which order. */
export interface HistoryTableOptions {
  /** Default `newest`. */
  sort?: HistorySort;
  /** Only runs of which this is so: a text that prompt, model or scheduler holds (case does not matter), or a question to ask of each. */
  where?: string | ((run: HistoryRun) => boolean);
  /** So many at most. */
  limit?: number;
}

const short: Readonly<Record<string, keyof ClipMetrics>> = { alignment: 'promptAlignment', consistency: 'frameConsistency' };
const settings = ['seed', 'steps', 'scheduler', 'prompt'] as const;

/** Runs of a history in an order: `show` draws them as a table with their pictures. */
export class HistoryTable {
  /** @internal Made by `history.table`. */
  constructor(
    /** The runs. */
    readonly runs: readonly HistoryRun[],
    /** The numbers that any of them has, by the names that `measureClip` has. */
    readonly numbers: readonly string[],
  ) {}
}

/** The name that `measureClip` has for a number. */
export function fullName(number: HistoryNumber): string {
  return Object.hasOwn(short, number) ? short[number]! : number;
}

/** A number of a run; undefined where it was not measured. */
export function numberOf(run: HistoryRun, name: string): number | undefined {
  if (name === 'seconds') return run.seconds;
  return Object.hasOwn(run.metrics, name) ? run.metrics[name] : undefined;
}

/** The runs by a number, the best first, without those that lack it. @throws {FrameloomError} `FL_HISTORY_NUMBER` where all lack it. */
export function byNumber(runs: readonly HistoryRun[], number: HistoryNumber): HistoryRun[] {
  const name = fullName(number);
  const measured = runs.filter((run) => numberOf(run, name) !== undefined);
  if (measured.length === 0) throw historyErrors.nothingMeasured(String(number), numbersOf(runs));
  return measured.sort((a, b) => betterFirst(name, numberOf(a, name), numberOf(b, name)));
}

/** Sorts and filters. @throws {ArgumentError}; {@link FrameloomError} as {@link byNumber}. */
export function tableOf(runs: readonly HistoryRun[], { sort = 'newest', where, limit }: HistoryTableOptions): HistoryTable {
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) throw new ArgumentError('limit', limit, 'a whole number from 1 on');
  const kept = where === undefined ? runs : runs.filter(typeof where === 'string' ? (run) => holds(run, where) : where);
  const sorted = kept.length === 0 ? kept : sortedBy(kept, sort);
  return new HistoryTable(sorted.slice(0, limit), numbersOf(sorted));
}

function sortedBy(runs: readonly HistoryRun[], sort: HistorySort): readonly HistoryRun[] {
  if (sort === 'newest') return runs;
  const setting = settings.find((name) => name === sort);
  if (setting === undefined) {
    const measured = byNumber(runs, sort as HistoryNumber);
    return [...measured, ...runs.filter((run) => !measured.includes(run))];
  }
  return [...runs].sort((a, b) => {
    const [left, right] = [a[setting], b[setting]];
    return typeof left === 'number' ? left - Number(right) : left.localeCompare(String(right));
  });
}

function holds({ prompt, scheduler, provenance, id }: HistoryRun, words: string): boolean {
  return [prompt, scheduler, provenance.model, id].join('\n').toLowerCase().includes(words.toLowerCase());
}

function numbersOf(runs: readonly HistoryRun[]): string[] {
  return [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
}
