import { historyRows } from './outputs/index.js';
import type { ContractOf } from './rpc.js';
import { aCount, aString, nothing, optional, record } from './shape.js';
import type { TypeOf } from './shape.js';

/*
 * The wire between the page of the history in the side bar and the extension host. The page asks for what a person wants done with a run;
 * the host tells all runs of the notebook in front whenever they change.
 */

const aRun = record({ id: aString });

const historyView = record({
  /** File name of the notebook; undefined where none is in front. */
  notebook: optional(aString),
  /** What is said in the place of runs. */
  note: optional(aString),
  runs: historyRows,
  /** Runs that are not told. */
  omitted: aCount,
});
/** All that the page shows. */
export type HistoryView = TypeOf<typeof historyView>;

/** What the host answers and tells. */
export const historyHost = {
  requests: {
    /** The page has loaded: tell it everything. */
    ready: { params: nothing, result: nothing },
    /** Open the clip of a run: its file where it was shown, else in a new cell that makes it again. */
    open: { params: aRun, result: nothing },
    /** Make the clip of a run again, in a new cell. */
    remake: { params: aRun, result: nothing },
    /** Two runs beside each other, in a new cell. */
    compare: { params: record({ a: aString, b: aString }), result: nothing },
    /** Put the record of a run on the clipboard. */
    copySettings: { params: aRun, result: nothing },
  },
  events: { view: historyView },
};
/** The types of {@link historyHost}. */
export type HistoryHost = ContractOf<typeof historyHost>;
