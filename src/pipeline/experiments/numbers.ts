import { type ClipMetrics, lessIsBetter } from '../metrics/index.js';
import type { ComparisonCell } from './cells.js';

/** A number of a cell. */
export type CellNumber = keyof ClipMetrics | 'seconds';

/** Which end of a number is the good one. */
export function betterEnd(number: CellNumber): 'less' | 'more' {
  return lessIsBetter.includes(number) ? 'less' : 'more';
}

/** A number of a cell; undefined where it was not measured. */
export function numberOf({ seconds, metrics }: ComparisonCell, number: CellNumber): number | undefined {
  return number === 'seconds' ? seconds : metrics[number];
}
