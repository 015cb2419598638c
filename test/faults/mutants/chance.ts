import { MersenneTwister } from '../../../src/pipeline/core/mersenneTwister.js';

/** Draws that a seed decides: a case that failed can be made again. */
export class Chance {
  private readonly source: MersenneTwister;

  constructor(seed: number, index = 0) {
    this.source = new MersenneTwister((seed * 1_000_003 + index * 7919) >>> 0);
    for (let i = 0; i < 8; i++) this.source.next();
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor((this.source.next() / 2 ** 32) * count);
  }

  /** One of a list. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** True in so many of a hundred draws. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }
}
