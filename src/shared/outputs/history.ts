import { aCount, aNumber, aString, listOf, mapOf, oneOf, optional, record } from '../shape.js';
import type { TypeOf } from '../shape.js';
import { aPicture, maybeNumber, simpleValue } from './stored.js';

/** Runs of a history as a table: {@link HistoryPayload}. */
export const HISTORY_MIME = 'application/vnd.frameloom.history+json';

/** Runs of one table. */
const mostRuns = 500;

const historyRow = record({
  /** Names the run. */
  id: aString,
  /** When, ISO 8601. */
  created: aString,
  kind: oneOf('edited', 'generated'),
  prompt: aString,
  model: aString,
  /** Sampler: its class without the ending that all have. */
  scheduler: aString,
  steps: aNumber,
  seed: aNumber,
  seconds: aNumber,
  /** Other settings of the run. */
  settings: mapOf(simpleValue, 40),
  /** What was measured, by the names of `measureClip`; null for infinity. */
  numbers: mapOf(maybeNumber, 40),
  /** A few frames side by side. */
  picture: optional(aPicture),
});
/** A run in a table. */
export type HistoryRow = TypeOf<typeof historyRow>;

/** The shape of a list of runs. */
export const historyRows = listOf(historyRow, mostRuns);

/** The shape of {@link HistoryPayload}. */
export const historyPayload = record({
  type: oneOf('history'),
  title: optional(aString),
  runs: historyRows,
  /** Runs that are not in the table. */
  omitted: optional(aCount),
});
/** Body of {@link HISTORY_MIME}. */
export type HistoryPayload = TypeOf<typeof historyPayload>;
