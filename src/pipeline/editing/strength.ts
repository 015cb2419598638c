import { ArgumentError } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';

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
    throw new ArgumentError(
      'strength',
      strength,
      `at least ${leastStrength(numInferenceSteps)} with ${numInferenceSteps} ${numInferenceSteps === 1 ? 'step' : 'steps'}, since it is the share of the steps that is run`,
    );
  }
  return numInferenceSteps - steps;
}

/** The least strength with which one step of a schedule is run, rounded up to thousandths. */
export function leastStrength(numInferenceSteps: number): number {
  return Math.ceil(1000 / numInferenceSteps) / 1000;
}
