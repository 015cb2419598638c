import { denoise } from '../diffusion/index.js';
import { ArgumentError, requireNumber } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';
import type { EditingMethod } from './editingMethod.js';

/**
 * SDEdit: noise the source part of the way, then denoise it towards the prompt.
 *
 * Meng et al. 2021, "SDEdit"; what image-to-image in diffusers does.
 * @param strength share of the schedule that is run, above 0 up to 1: at 1 nothing but the noise's layout is kept.
 */
export function sdedit(strength: number): EditingMethod {
  requireNumber('strength', strength, 0, 1);
  return {
    name: 'sdedit',
    steps: (run) => {
      const scheduler = run.newScheduler(strength);
      return scheduler.timesteps.length - beginOf(scheduler, strength, run.numInferenceSteps);
    },
    async edit(run, { source, frames, onStep }) {
      const scheduler = run.newScheduler(strength);
      const begin = beginOf(scheduler, strength, run.numInferenceSteps);
      const noise = run.noise.forFrames(frames.start, source.dims);
      scheduler.setBeginIndex(begin);
      const latents = scheduler.addNoise(source, noise, scheduler.timesteps[begin]!);
      const { options, guidance, stopwatch } = run;
      const edited = await denoise({
        unet: run.model.unet, scheduler, beginIndex: begin, latents, guidance, noise: run.noise, eta: options.eta,
        frames, onStep, callbackOnStepEnd: options.callbackOnStepEnd, signal: options.signal, stopwatch, observer: run.observer,
      });
      return { latents: edited };
    },
  };
}

/**
 * Where in its schedule a run of this strength begins; consistency models run all their steps, whatever the strength.
 *
 * @param scheduler with the timesteps of this strength set.
 * @throws {ArgumentError} when not a single step would be run.
 */
export function beginOf(scheduler: Scheduler, strength: number, numInferenceSteps: number): number {
  return scheduler.picksWithinStrength ? 0 : beginIndexFor(strength, numInferenceSteps) * scheduler.order;
}

/**
 * Where in the schedule a run of this strength begins, as diffusers' `get_timesteps` counts.
 *
 * @throws {ArgumentError} when not a single step would be run.
 */
export function beginIndexFor(strength: number, numInferenceSteps: number): number {
  const steps = Math.min(Math.floor(numInferenceSteps * strength), numInferenceSteps);
  if (steps < 1) {
    throw new ArgumentError('strength', strength, `at least ${(1 / numInferenceSteps).toPrecision(2)} with ${numInferenceSteps} steps, since it is the share of the steps that is run`);
  }
  return numInferenceSteps - steps;
}
