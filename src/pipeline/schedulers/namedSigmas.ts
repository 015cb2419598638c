import { linspace } from './timesteps.js';

/** Schedules of σ between two ends that no class of diffusers has as a setting. */
export const namedSigmaSchedules = ['kl_optimal', 'align_your_steps'] as const;

/** The name of one. */
export type NamedSigmaSchedule = (typeof namedSigmaSchedules)[number];

/** Sabour et al. 2024, "Align Your Steps": σs found best for Stable Diffusion 1.5 at ten steps. */
const ALIGN_YOUR_STEPS = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029];

/**
 * σs of a named schedule, falling, before the last.
 *
 * `kl_optimal` is Sabour et al. 2024, "Align Your Steps", equation 8: evenly spaced in arctan σ. `align_your_steps` is their list for
 * Stable Diffusion, interpolated in ln σ to as many steps as are asked for, as they advise.
 */
export function namedSigmas(schedule: NamedSigmaSchedule, smallest: number, largest: number, steps: number): number[] {
  if (schedule === 'kl_optimal') return linspace(Math.atan(largest), Math.atan(smallest), steps).map(Math.tan);
  const logs = ALIGN_YOUR_STEPS.map(Math.log);
  return linspace(0, logs.length - 1, steps + 1)
    .slice(0, steps)
    .map((place) => {
      const low = Math.min(Math.floor(place), logs.length - 2);
      return Math.exp(logs[low]! + (logs[low + 1]! - logs[low]!) * (place - low));
    });
}
