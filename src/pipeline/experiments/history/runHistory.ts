import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { MadeVideo } from '../../capture/index.js';
import { ambientFiles, type AmbientFiles, ArgumentError } from '../../core/index.js';
import { historyErrors, HistoryStore } from '../../history/index.js';
import { HistoryComparison } from './historyComparison.js';
import { HistoryRun, type HistoryRerunOptions } from './historyRun.js';
import { byNumber, type HistoryNumber, type HistoryTable, type HistoryTableOptions, tableOf } from './historyTable.js';
import { remakeRun } from './remakeRun.js';

/** The runs of a notebook, or of the folder that `--history` named: what was tried, with which settings, and what came of it. */
export class RunHistory {
  /** @internal @param place where it lies; asked for at every call, since a notebook may be saved elsewhere. */
  constructor(private readonly place: () => AmbientFiles) {}

  /** Every run, the newest first. @throws {FrameloomError} `FL_HISTORY_LINK`, `FL_HISTORY_PLACE`. */
  async runs(): Promise<HistoryRun[]> {
    const entries = await new HistoryStore(this.place()).readAll();
    return entries.map((entry) => new HistoryRun(entry, this.remake));
  }

  /** The run of an id. @throws {FrameloomError} `FL_HISTORY_UNKNOWN` with the latest ids; as {@link runs}. */
  async run(id: string): Promise<HistoryRun> {
    const store = new HistoryStore(this.place());
    const entry = await store.read(String(id));
    if (!entry) throw historyErrors.unknown(String(id), (await store.ids()).slice(0, 3));
    return new HistoryRun(entry, this.remake);
  }

  /**
   * The runs as a table with their pictures, for `show` or as the last line of a cell:
   *
   * ```ts
   * await history.table({ sort: 'alignment', where: 'green', limit: 20 })
   * ```
   *
   * @throws {FrameloomError} `FL_HISTORY_NUMBER` for a number that no run has; as {@link runs}.
   */
  async table(options: HistoryTableOptions = {}): Promise<HistoryTable> {
    return tableOf(await this.runs(), options);
  }

  /**
   * The run that is best by a number: `await history.best('alignment')`.
   *
   * @throws {FrameloomError} `FL_HISTORY_NUMBER` where no run has it; as {@link runs}.
   */
  async best(number: HistoryNumber, options: Pick<HistoryTableOptions, 'where'> = {}): Promise<HistoryRun> {
    if (typeof number !== 'string') throw new ArgumentError('number', number, "the name of a number, such as 'alignment'");
    return byNumber((await this.table(options)).runs, number)[0]!;
  }

  /** Two runs beside each other, with the settings that differ marked. @throws as {@link run}. */
  async compare(a: string, b: string): Promise<HistoryComparison> {
    return new HistoryComparison(await this.run(a), await this.run(b));
  }

  /**
   * Makes a run's clip again, bit for bit. The history may come from someone else, so no path in it is followed out of the notebook's
   * folder: model and source are those of this session, or an installed model and a file below the notebook that are still the same, or
   * what the options give.
   *
   * @throws {FrameloomError} `FL_HISTORY_MODEL`, `FL_HISTORY_INPUT`, `FL_HISTORY_UNRECORDED` naming what to pass; `FL_RERUN_…` for a record
   * that no run could have had.
   */
  async rerun(id: string, options: HistoryRerunOptions = {}): Promise<MadeVideo> {
    return remakeRun(await this.run(id), this.place(), options);
  }

  private readonly remake = (id: string, options?: HistoryRerunOptions): Promise<MadeVideo> => this.rerun(id, options);
}

/** The history of the notebook that this code runs in. Elsewhere: {@link openHistory}. */
export const history = new RunHistory(() => {
  const files = ambientFiles();
  if (!files) throw historyErrors.noPlace();
  return files;
});

/**
 * The history of a notebook, or of the folder that was given to `--history`.
 *
 * @param place path of the notebook (`.ipynb`) or of the folder.
 */
export function openHistory(place: string): RunHistory {
  if (typeof place !== 'string' || place === '') throw new ArgumentError('place', place, 'the path of a notebook or a folder');
  const files = placeOfHistory(place);
  return new RunHistory(() => files);
}

/** Where the files of a history lie: beside a notebook, in its side folder; else in the folder itself. */
export function placeOfHistory(place: string): AmbientFiles {
  const file = path.resolve(place);
  const isFolder = lstatSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!/\.ipynb$/i.test(file) || isFolder) return { base: file, folder: file };
  const base = path.dirname(file);
  return { base, folder: path.join(base, `${path.basename(file).replace(/\.ipynb$/i, '')}.frameloom`) };
}
