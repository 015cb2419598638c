import { frameAt } from './frameTimes.js';
import type { FrameTimes } from './videoInfo.js';

/** Tells which frame of a file a decoded picture is: by its time, or by counting where times say nothing. */
export class FrameCounter {
  private last = -1;

  constructor(private readonly times: FrameTimes) {}

  /** The number of the next picture; undefined for one that the list of frames does not have. */
  next(time: number): number | undefined {
    if (this.times.inOrder) return ++this.last;
    const found = this.nearest(time);
    if (found === undefined || found <= this.last) return undefined;
    return (this.last = found);
  }

  private nearest(time: number): number | undefined {
    const { clock } = this.times;
    const before = frameAt(clock, time);
    const off = (index: number): number => Math.abs((clock[index] ?? Infinity) - time);
    const index = off(before + 1) < off(before) ? before + 1 : before;
    const gap = Math.min((clock[index + 1] ?? Infinity) - (clock[index] ?? 0), (clock[index] ?? 0) - (clock[index - 1] ?? -Infinity));
    return off(index) <= (Number.isFinite(gap) ? gap / 2 : Infinity) ? index : undefined;
  }
}
