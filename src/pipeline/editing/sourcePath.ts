import type { Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { Conditioning } from '../networks/index.js';
import { invert } from './inversion.js';

/** The source as it is at an entry of the schedule on its way to noise, and clean after the last. */
export type PathOfSource = (index: number) => Tensor | undefined;

/** The source with one noise at every level. */
export function noisedAt(run: PreparedRun, clean: Tensor, noise: Tensor): PathOfSource {
  const scheduler = run.newScheduler();
  return (index) => {
    const timestep = scheduler.timesteps[index];
    if (timestep === undefined) return clean;
    scheduler.setBeginIndex(index);
    return scheduler.addNoise(clean, noise, timestep);
  };
}

/** The source run backwards. */
export async function invertedAt(
  run: PreparedRun,
  clean: Tensor,
  source: Conditioning,
  steps: number,
  onStep: () => void,
): Promise<PathOfSource> {
  const scheduler = run.newScheduler();
  const inverted = await invert(run, scheduler.inverse()!, clean, source, steps, onStep);
  return (index) => inverted.get(scheduler.timesteps[index] ?? -1);
}
