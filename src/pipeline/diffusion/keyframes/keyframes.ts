import { ArgumentError } from '../../core/index.js';

/** Values by the frame from which they hold, or at which they stand: `{ 0: …, 48: … }`. */
export type Keyframes<Value> = Readonly<Record<number, Value>>;

/** Frames that a clip may have at the most. */
const MOST_FRAMES = 1_000_000;

/**
 * What is wrong with keyframes, as far as that can be told without a clip: what is no frame, what has no value, and a beginning that is missing.
 *
 * @param wanted what they must be, as the beginning of a sentence. @param problemOf what is wrong with a value, if anything.
 */
export function keyframesProblem(value: unknown, wanted: string, problemOf: (value: unknown) => string | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted;
  const entries = Object.entries(value as Record<string, unknown>);
  const bad = entries.find(([frame]) => !/^\d+$/.test(frame) || Number(frame) > MOST_FRAMES);
  if (bad) return `${wanted}; ${JSON.stringify(bad[0])} is no frame`;
  for (const [frame, each] of entries) {
    const problem = problemOf(each);
    if (problem !== undefined) return `${wanted}; frame ${frame} ${problem}`;
  }
  return entries.some(([frame]) => Number(frame) === 0)
    ? undefined
    : `${wanted}; what holds before frame ${entries[0]?.[0] ?? 1} is missing`;
}

/** Keyframes in the order of their frames. */
export function sortedKeyframes<Value>(keyframes: Keyframes<Value>): (readonly [frame: number, value: Value])[] {
  return Object.entries(keyframes)
    .map(([frame, value]) => [Number(frame), value] as const)
    .sort(([a], [b]) => a - b);
}

/** @throws {ArgumentError} for a keyframe that the clip does not have. @param frameCount frames of the clip, where that is known. */
export function requireFramesOf(name: string, keyframes: Keyframes<unknown>, frameCount: number | undefined): void {
  const beyond = Object.keys(keyframes).find((frame) => Number(frame) >= (frameCount ?? Infinity));
  if (beyond !== undefined) throw new ArgumentError(name, `${beyond}: …`, `of frames 0 to ${frameCount! - 1}: the clip has ${frameCount}`);
}
