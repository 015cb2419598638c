import { type Scheduler, type SchedulerClass, ShiftedFlowScheduler, type TimestepOptions } from '../schedulers/index.js';
import type { Json } from './modelFiles.js';

/** What a run's schedule follows beside its scheduler's settings. */
export interface ScheduledRun {
  /** `unet/config.json`, with what its kind of model adds. */
  readonly config: Json;
  /** Tokens of the latents of all frames of a window. */
  readonly tokens: number;
}

/** Share of noise that the first half of the steps takes away, by the linear-quadratic schedule. */
const LINEAR_PART = 0.025;

/**
 * How a model's schedule is told from its size and kind, where the scheduler does not know by itself: μ by the number of tokens, for schedulers with
 * `useDynamicShifting`; LTX-Video's own σs or timesteps. What the scheduler's own knobs say stays.
 */
export function runTimesteps(scheduler: Scheduler, steps: number, { config, tokens }: ScheduledRun): TimestepOptions {
  if (!(scheduler instanceof ShiftedFlowScheduler)) return {};
  const { mu, sigmas, timesteps } = scheduler.runOptions;
  const shift = scheduler.config.useDynamicShifting && mu === undefined ? { mu: scheduler.muFor(tokens) } : {};
  const takesOwn = (scheduler.constructor as unknown as SchedulerClass).runKnobs.includes('sigmas');
  if (sigmas !== undefined || timesteps !== undefined || !takesOwn || config.sigma_spacing === undefined) return shift;
  const { distilled_timesteps: distilled } = config as { distilled_timesteps?: readonly number[] };
  // Shifted, they would be others.
  if (distilled?.length === steps && !scheduler.config.useDynamicShifting) return { timesteps: distilled };
  return config.sigma_spacing === 'linear' || steps < 2
    ? { ...shift, sigmas: Array.from({ length: steps }, (_, i) => 1 - i / steps) }
    : { ...shift, timesteps: linearQuadratic(steps).map((sigma) => sigma * scheduler.config.numTrainTimesteps) };
}

/** σs that fall slowly at first, on a line, and then along a parabola: Mochi's, and those of LTX-Video from 0.9.5 on (diffusers' `linear_quadratic_schedule`). */
function linearQuadratic(steps: number): number[] {
  const linear = Math.floor(steps / 2);
  const rest = linear - LINEAR_PART * steps;
  const curved = steps - linear;
  const quadratic = rest / (linear * curved ** 2);
  const slope = LINEAR_PART / linear - (2 * rest) / curved ** 2;
  const clean = (i: number) => (i < linear ? (i * LINEAR_PART) / linear : quadratic * i ** 2 + slope * i + quadratic * linear ** 2);
  return Array.from({ length: steps }, (_, i) => 1 - clean(i));
}
