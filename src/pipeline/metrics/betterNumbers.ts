import type { ClipMetrics } from './measureClip.js';

/** Numbers of which less is better: time and unrest. Of the others more is. */
const lessIsBetter: readonly string[] = ['seconds', 'warpError', 'flicker', 'distance'] satisfies (keyof ClipMetrics | 'seconds')[];

/**
 * Orders two numbers of a metric, the better one first; what was not measured comes last.
 *
 * @param name a metric, or `seconds`.
 */
export function betterFirst(name: string, a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  // Both may be infinitely near.
  if (a === b) return 0;
  return lessIsBetter.includes(name) ? a - b : b - a;
}
