import type { ClipMetrics } from '../metrics/index.js';
import type { Video } from '../video/index.js';

/** One cell of a comparison: a clip, what it was made with, how long that took and what is measured of it. */
export interface ComparisonCell {
  /** What it is kept under: the same model, input, prompt and settings give the same one. */
  readonly id: string;
  /** Where it stands on each axis of the comparison. */
  readonly place: readonly number[];
  /** The value on each axis, for people, by option. */
  readonly labels: Readonly<Record<string, string>>;
  /** The clip. */
  readonly video: Video;
  /** Seconds that making it took; work that cells share counts in the one that did it. */
  readonly seconds: number;
  /** What was measured. */
  readonly metrics: ClipMetrics;
  /** Whether it was taken from the folder rather than made by this call. */
  readonly kept: boolean;
  /** The call that makes the clip, to paste into a program. */
  readonly code: string;
}

/** What a cell leaves behind beside its clip. */
export interface CellRecord {
  /** Seconds that making it took. */
  readonly seconds: number;
  /** What was measured. */
  readonly metrics: ClipMetrics;
  /** Label by option. */
  readonly labels: Readonly<Record<string, string>>;
  /** Settings as text. */
  readonly code: string;
}
