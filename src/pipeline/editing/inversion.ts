import { setImmediate } from 'node:timers/promises';
import { loraStrengths, once, type PreparedRun, steeringOf } from '../diffusion/index.js';
import { throwIfAborted, type Tensor } from '../core/index.js';
import type { Conditioning } from '../networks/index.js';
import { requireFiniteSample, type Scheduler } from '../schedulers/index.js';

/**
 * DDIM inversion: the noise, and everything on the way to it, that DDIM would make the source from.
 *
 * No guidance is used, as is usual: it would carry the path away from the source.
 * @param scheduler the inverse of the run's.
 * @param conditioning what the source shows: its caption, or the empty prompt.
 * @param steps how many of the schedule's steps to go up.
 * @param onStep called after each step.
 * @returns latents by timestep: the clean source at −1, and what it becomes at each timestep passed.
 */
export function invert(
  run: PreparedRun,
  scheduler: Scheduler,
  source: Tensor,
  conditioning: Conditioning,
  steps: number,
  onStep: () => void,
): Promise<Map<number, Tensor>> {
  const { model, numInferenceSteps, options } = run;
  scheduler.setTimesteps(numInferenceSteps);
  const settings = JSON.stringify([
    scheduler.className,
    scheduler.config,
    scheduler.runOptions,
    numInferenceSteps,
    steps,
    run.context,
    steeringOf(options),
  ]);
  const told = model.unet.takesGuidanceScale ? conditioning.guidanceScale : undefined;
  const ingredients = [settings, source, conditioning.embeddings, told, loraStrengths(conditioning, scheduler)];
  return once(options.shared, 'invert', model, ingredients, () => goUp(run, scheduler, source, conditioning, steps, onStep));
}

async function goUp(
  run: PreparedRun,
  scheduler: Scheduler,
  source: Tensor,
  conditioning: Conditioning,
  steps: number,
  onStep: () => void,
): Promise<Map<number, Tensor>> {
  run.progress.preparing('invert');
  const path = new Map([[-1, source]]);
  let latents = source;
  for (const [i, timestep] of scheduler.timesteps.slice(0, steps).entries()) {
    throwIfAborted(run.options.signal, 'Inverting the source');
    const prediction = await run.stopwatch.measure('unet', () => run.unet.predict(latents, timestep, conditioning));
    latents = scheduler.step(prediction, timestep, latents).prevSample;
    requireFiniteSample(scheduler, timestep, latents);
    path.set(timestep, latents);
    onStep();
    await run.watch?.inverting(latents, i + 1, steps);
    await setImmediate();
  }
  return path;
}
