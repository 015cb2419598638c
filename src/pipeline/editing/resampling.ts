import { Tensor, weightedSum } from '../core/index.js';
import type { NoiseSource, Scheduler } from '../schedulers/index.js';

/**
 * The steps of a run that goes back up in noise now and then, in order, 0 the noisiest: each goes one level down; where the next is not the one after it, noise is added
 * up to where that begins.
 *
 * From every `jumpLength`th level, counted from the clean end, it goes up again by as many steps, `jumpNSample − 1` times: Lugmayr et al. 2022, appendix B, in the order of
 * diffusers' `RePaintScheduler`.
 *
 * @param steps those of the run without resampling.
 */
export function resampledSteps(steps: number, jumpLength: number, jumpNSample: number): number[] {
  const jumps = new Map<number, number>();
  for (let level = 0; level < steps - jumpLength; level += jumpLength) jumps.set(level, jumpNSample - 1);
  const order: number[] = [];
  for (let level = steps - 1; level >= 0; level--) {
    order.push(steps - 1 - level);
    const left = jumps.get(level) ?? 0;
    if (left <= 0) continue;
    jumps.set(level, left - 1);
    level += jumpLength;
  }
  return order;
}

/** How much of the clean sample and of noise latents have, as a scheduler keeps them. */
export interface Level {
  /** Of the clean sample. */
  readonly signal: number;
  /** Of noise, 0 when clean. */
  readonly noise: number;
}

/** The levels at every entry of a scheduler's timesteps, and the clean one after them. It is left at its last entry. */
export function levelsOf(scheduler: Scheduler): Level[] {
  const [sample, noise] = [Float32Array.of(1, 0), Float32Array.of(0, 1)].map((data) => new Tensor(data, [1, 1, 1, 2])) as [Tensor, Tensor];
  const levels = scheduler.timesteps.map((timestep, entry) => {
    scheduler.setBeginIndex(entry);
    const { data } = scheduler.addNoise(sample, noise, timestep);
    return { signal: data[0]!, noise: data[1]! };
  });
  return [...levels, { signal: 1, noise: 0 }];
}

/** The forward process from one level to a noisier one: Lugmayr et al. 2022, algorithm 1, line 10, over several steps at once. */
export function broughtUp(latents: Tensor, from: Level, to: Level, noise: NoiseSource): Tensor {
  const kept = to.signal / from.signal;
  const added = Math.sqrt(Math.max(0, to.noise ** 2 - (kept * from.noise) ** 2));
  return weightedSum([kept, latents], [added, noise.randn(latents.dims)]);
}

/** A clean sample at a level, with noise of its own; nothing is drawn for the clean one. */
export function atLevel(clean: Tensor, { signal, noise }: Level, source: NoiseSource): Tensor {
  return noise === 0 ? clean : weightedSum([signal, clean], [noise, source.randn(clean.dims)]);
}
