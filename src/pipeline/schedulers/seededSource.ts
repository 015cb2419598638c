import { Generator } from '../core/index.js';
import type { NoiseSource } from './runOptions.js';

/**
 * What noise with seeds of its own is made from: the seed that a run's noise began with, and sources that draw in its order.
 *
 * @param generator the run's noise; one without a seed, or none, is given a random one.
 */
export function seededSource(generator: NoiseSource | undefined): { seed: bigint; source: (seed: number) => NoiseSource } {
  const seed = generator?.seed ?? Math.floor(Math.random() * 2 ** 32);
  return { seed: BigInt.asUintN(64, BigInt(seed)), source: (of) => generator?.seeded?.(of) ?? new Generator(of) };
}
