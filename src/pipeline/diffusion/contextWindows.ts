/** Order in which the windows of a step are laid over a clip. */
export type ContextSchedule = 'uniform' | 'static' | 'looped';

/** How much each frame of a window counts where windows overlap. */
export type ContextWeights = 'flat' | 'pyramid' | 'overlap-linear' | 'delayed-reverse-sawtooth';

/** The words of {@link ContextSchedule}. */
export const contextSchedules: readonly ContextSchedule[] = ['uniform', 'static', 'looped'];

/** The words of {@link ContextWeights}. */
export const contextWeightings: readonly ContextWeights[] = ['flat', 'pyramid', 'overlap-linear', 'delayed-reverse-sawtooth'];

/** How a clip is predicted window by window at every step. */
export interface ContextPlan {
  /** Where the windows lie. */
  readonly schedule: ContextSchedule;
  /** Frames of a window. */
  readonly frames: number;
  /** Strides that there are windows of: 1 for neighbouring frames alone, 2 for every second frame too, 3 for every fourth. */
  readonly stride: number;
  /** Frames that neighbouring windows share. */
  readonly overlap: number;
  /** What each frame of a window counts. */
  readonly weights: ContextWeights;
  /** Where windows are averaged: inside of every motion module, so that the rest of the network sees the whole clip; around the whole network where undefined. */
  readonly inside?: 'motion-modules' | undefined;
}

/** The frames of one window, by their numbers in the clip, in the order in which the network sees them. */
export type ContextWindow = readonly number[];

/**
 * The windows of one step; together they hold every frame.
 *
 * - `static`: the same at every step; the last one starts earlier rather than be short.
 * - `uniform`: shifted from step to step by the bits of the step in reverse order (van der Corput), so that seams never stay; windows that would reach over
 *   an end are moved back.
 * - `looped`: the clip is a ring, over whose end windows go on with its first frames; all of them are shifted, too.
 *
 * After the context schedulers of AnimateDiff's command line and AnimateDiff-Evolved. Windows with a stride lie over those of neighbouring
 * frames, as long as they fit into the clip; no frame is twice in a window.
 * @param count frames of the clip.
 * @param step steps done before, from 0.
 */
export function contextWindows({ schedule, frames: size, stride, overlap }: ContextPlan, count: number, step: number): ContextWindow[] {
  const ring = schedule === 'looped';
  const share = schedule === 'static' ? 0 : reversedBits(step);
  if (count <= size) return [range(count).map((i) => (i + (ring ? Math.round(count * share) : 0)) % count)];
  const found: ContextWindow[] = [];
  for (let level = 0; level < stride; level++) {
    const every = 2 ** level;
    const span = ring ? size * every : (size - 1) * every + 1;
    if (span > count) break;
    const hop = size * every - overlap;
    const starts = ring
      ? range(Math.ceil(count / hop)).map((i) => i * hop + Math.round(count * share))
      : alongLine(count - span, hop, Math.round(hop * share));
    for (const start of starts) found.push(range(size).map((i) => (start + i * every) % count));
  }
  return found;
}

/** How many windows the steps of a clip have at the most. */
export function mostContextWindows(plan: ContextPlan, count: number): number {
  return Math.max(...range(16).map((step) => contextWindows(plan, count, step).length));
}

/**
 * What each frame of a window counts, above 0.
 *
 * - `flat`: all the same;
 * - `pyramid`: the middle most, falling evenly to both ends;
 * - `overlap-linear`: all the same, but for the `overlap` frames at both ends, which rise and fall evenly;
 * - `delayed-reverse-sawtooth`: next to nothing before the middle, most at the middle, falling evenly to the end.
 */
export function contextWeights({ weights, overlap }: Pick<ContextPlan, 'weights' | 'overlap'>, size: number): number[] {
  const fromEnd = (i: number) => Math.min(i, size - 1 - i) + 1;
  if (weights === 'pyramid') return range(size).map(fromEnd);
  if (weights === 'overlap-linear') return range(size).map((i) => Math.min(1, fromEnd(i) / (overlap + 1)));
  const middle = Math.ceil(size / 2);
  if (weights === 'delayed-reverse-sawtooth') return range(size).map((i) => (i < middle - 1 ? 0.01 : Math.min(middle, size - i)));
  return Array<number>(size).fill(1);
}

/** Starts from 0 to `last`, at most `hop` apart, the first of those between them `hop − shift` from the beginning. */
function alongLine(last: number, hop: number, shift: number): number[] {
  const starts = new Set([0]);
  for (let start = hop - shift; start < last; start += hop) starts.add(start);
  return [...starts.add(last)];
}

/** A whole number's binary digits behind the point, in reverse order: 0, ½, ¼, ¾, ⅛, … */
function reversedBits(number: number): number {
  let share = 0;
  for (let left = number, value = 0.5; left > 0; left = Math.floor(left / 2), value /= 2) if (left % 2 === 1) share += value;
  return share;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
