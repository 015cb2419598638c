import { wholeRange } from './playRange.js';
import type { PlayRange } from './playRange.js';
import type { PlayerMemory } from './playerMemory.js';

/** What the controls show. */
export interface TransportState {
  /** The frame that is shown, or on its way. */
  readonly frame: number;
  /** 0 when it stands still. */
  readonly direction: -1 | 0 | 1;
  readonly rate: number;
  readonly loop: boolean;
  readonly range: PlayRange;
  readonly muted: boolean;
}

/** Standing still where the last player in this place was, as far as the clip goes that far. */
export function startState(frames: number, { frame = 0, first = 0, last, rate = 1, loop = true }: Partial<PlayerMemory>): TransportState {
  const whole = wholeRange(frames);
  const end = Math.min(whole.last, last ?? whole.last);
  return { frame: Math.min(whole.last, frame), direction: 0, rate, loop, range: { first: Math.min(end, first), last: end }, muted: true };
}

/** The speeds on offer. */
export const rates: readonly number[] = [0.1, 0.25, 0.5, 1, 1.5, 2, 4];

/** The next slower or faster of {@link rates}; the same at their ends. */
export function nextRate(rate: number, direction: 1 | -1): number {
  return (direction === 1 ? rates.find((each) => each > rate) : rates.findLast((each) => each < rate)) ?? rate;
}
