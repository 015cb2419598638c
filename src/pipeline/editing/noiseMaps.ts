import { setImmediate } from 'node:timers/promises';
import { throwIfAborted, Tensor, weightedSum } from '../core/index.js';
import { type Guidance, guidedPrediction, type PreparedRun } from '../diffusion/index.js';
import type { NoiseSource, Scheduler } from '../schedulers/index.js';

/** The source as a run's own randomness would have made it. */
export interface NoiseMaps {
  /** The source at the noise level that the run begins at, `[frames, channels, height, width]`. */
  readonly start: Tensor;
  /** The noise that each step has to draw for the run to end at the source, in the order of the steps. */
  readonly maps: readonly Tensor[];
}

/** What stands for the noise of a step whose deviation is to be found: large, so that little of it is lost to rounding beside the mean. */
const FAR = 1024;

/** A deviation that is less than this cannot be told from rounding; such a step adds no noise to speak of. */
const LEAST_DEVIATION = 1e-6;

/** Noise of one value. */
const constant = (value: number): NoiseSource => ({ randn: (dims) => Tensor.zeros(dims).map(() => value) });

/** Gives noise that is known already. */
export const replayed = (map: Tensor): NoiseSource => ({ randn: () => map });

/** Whether every step of a scheduler, but perhaps the last, adds noise that it draws as one tensor from what it is given, at η = 1. */
export function addsNoise(scheduler: Scheduler): boolean {
  if (scheduler.order !== 1) return false;
  if (scheduler.timesteps.length === 0) scheduler.setTimesteps(scheduler.explicitSteps ?? 4);
  const sample = new Tensor(Float32Array.of(0.5), [1, 1, 1, 1]);
  const [timestep] = scheduler.timesteps as [number];
  let draws = 0;
  const generator: NoiseSource = { randn: (dims) => (draws++, Tensor.zeros(dims)) };
  try {
    scheduler.scaleModelInput(sample, timestep);
    scheduler.step(sample, timestep, sample, { generator, eta: 1 });
  } catch {
    // Noise of seeds of its own (a Brownian motion) cannot be given.
    return false;
  }
  return draws === 1;
}

/**
 * Edit-friendly DDPM inversion: noises the source at every level with noise of its own, and finds what noise each step must add to come
 * from one to the next.
 *
 * Huberman-Spiegelglas et al. 2023, algorithm 1, with its correction of what rounding leaves; for any scheduler whose steps are a mean and
 * one noise, with what it remembers of earlier steps (LEDITS++'s DPM-Solver++). A step without noise leaves its map at zero.
 * @param begin where in the schedule the run begins.
 * @param guidance what the source's predictions are guided by.
 * @param onStep called after each step.
 */
export async function findNoiseMaps(
  run: PreparedRun,
  source: Tensor,
  begin: number,
  guidance: Guidance,
  onStep: () => void,
): Promise<NoiseMaps> {
  // Two of a kind, told the same but for the noise: how far apart they end is the deviation.
  const [mean, far] = [run.newScheduler(), run.newScheduler()];
  const timesteps = mean.timesteps.slice(begin);
  const path: Tensor[] = [source];
  for (const [i, timestep] of [...timesteps.entries()].reverse()) {
    mean.setBeginIndex(begin + i);
    path.unshift(mean.addNoise(source, run.noise.randn(source.dims), timestep));
  }
  const start = path[0]!;
  run.progress.preparing('invert');
  for (const scheduler of [mean, far]) scheduler.setBeginIndex(begin);
  const maps: Tensor[] = [];
  for (const [i, timestep] of timesteps.entries()) {
    throwIfAborted(run.options.signal, 'Inverting the source');
    const sample = path[i]!;
    const input = mean.scaleModelInput(sample, timestep);
    far.scaleModelInput(sample, timestep);
    const { guided } = await run.stopwatch.measure('unet', () => guidedPrediction(run.unet, input, timestep, guidance));
    const { prevSample } = mean.step(guided, timestep, sample, { generator: constant(0), eta: 1 });
    const { prevSample: away } = far.step(guided, timestep, sample, { generator: constant(FAR), eta: 1 });
    const deviation = (away.data[0]! - prevSample.data[0]!) / FAR;
    const map =
      deviation > LEAST_DEVIATION ? weightedSum([1 / deviation, path[i + 1]!], [-1 / deviation, prevSample]) : Tensor.zeros(source.dims);
    maps.push(map);
    path[i + 1] = weightedSum([1, prevSample], [deviation, map]);
    onStep();
    await run.watch?.inverting(sample, i + 1, timesteps.length);
    await setImmediate();
  }
  return { start, maps };
}
