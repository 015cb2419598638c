import { setImmediate } from 'node:timers/promises';
import type { PreparedRun } from '../diffusion/prepare.js';
import { throwIfAborted } from '../errors.js';
import type { Conditioning } from '../model/unet.js';
import { Tensor, weightedSum } from '../tensor.js';

/** How the automatic mask is found. */
export interface ChangeMaskOptions {
  /** How many times source and target are compared, each with other noise. */
  maps: number;
  /** How far the source is noised for it, as a share of the schedule. */
  strength: number;
  /** Differences above `ratio` times the mean count in full. */
  ratio: number;
  /** Share of a full difference from which on a place is to be changed. */
  threshold: number;
}

/** The defaults of diffusers' DiffEdit pipeline, with fewer maps: a window has many frames to average over. */
export const defaultChangeMask: ChangeMaskOptions = { maps: 4, strength: 0.5, ratio: 3, threshold: 0.5 };

/**
 * Where two prompts disagree about a clip: the mask of DiffEdit (Couairon et al. 2022, section 3.2, step 1).
 *
 * The source is noised half-way, and the UNet's predictions for the two prompts are compared; large differences mark
 * what has to change. The same steps as diffusers' `generate_mask`.
 * @returns `[frames, 1, height, width]`, 1 where the edit may act and 0 where the source is kept.
 */
export async function findChangeMask(run: PreparedRun, source: Tensor, from: Conditioning, to: Conditioning, options: ChangeMaskOptions = defaultChangeMask): Promise<Tensor> {
  const scheduler = run.newScheduler();
  const steps = Math.max(1, Math.round(run.numInferenceSteps * options.strength));
  const timestep = scheduler.timesteps[run.numInferenceSteps - steps]!;
  scheduler.setBeginIndex(run.numInferenceSteps - steps);
  const [frames, channels, height, width] = source.dims as [number, number, number, number];
  const sum = Tensor.zeros([frames, 1, height, width]);
  for (let i = 0; i < options.maps; i++) {
    throwIfAborted(run.options.signal, 'Finding what to change');
    const noisy = scheduler.scaleModelInput(scheduler.addNoise(source, run.noise.randn(source.dims), timestep), timestep);
    const difference = await run.stopwatch.measure('unet', async () =>
      weightedSum([1, await run.model.unet.predict(noisy, timestep, to)], [-1, await run.model.unet.predict(noisy, timestep, from)]));
    addMagnitude(sum, difference, channels);
    await setImmediate();
  }
  const full = sum.range().mean * options.ratio;
  const marked = sum.map((value) => (Math.min(value, full) / full > options.threshold ? 1 : 0));
  return grow(marked);
}

/** Adds the mean of |difference| over channels. */
function addMagnitude(sum: Tensor, difference: Tensor, channels: number): void {
  const area = sum.dims[2]! * sum.dims[3]!;
  for (let i = 0; i < difference.size; i++) {
    const frame = Math.floor(i / (channels * area));
    sum.data[frame * area + (i % area)]! += Math.abs(difference.data[i]!) / channels;
  }
}

/** Takes in every neighbour of a marked place, so that outlines and soft edges are inside. */
function grow(mask: Tensor): Tensor {
  const [, , height, width] = mask.dims as [number, number, number, number];
  const area = height * width;
  return mask.map((_, i) => {
    const base = Math.floor(i / area) * area;
    const y = Math.floor((i % area) / width);
    const x = i % width;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        if (mask.data[base + row * width + column]! > 0) return 1;
      }
    }
    return 0;
  });
}

/** `mask · inside + (1 − mask) · outside`, the mask being the same for all channels. */
export function blend(mask: Tensor, inside: Tensor, outside: Tensor): Tensor {
  const [, channels, height, width] = inside.dims as [number, number, number, number];
  const area = height * width;
  return inside.map((value, i) => {
    const weight = mask.data[Math.floor(i / (channels * area)) * area + (i % area)]!;
    return weight * value + (1 - weight) * outside.data[i]!;
  });
}
