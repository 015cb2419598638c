import { linspace } from './timesteps.js';

/** Schedules of σ that no class of diffusers has as a setting. */
export const namedSigmaSchedules = ['kl_optimal', 'align_your_steps', 'align_your_steps_sdxl', 'align_your_steps_svd'] as const;

/** The name of one. */
export type NamedSigmaSchedule = (typeof namedSigmaSchedules)[number];

/**
 * Sabour et al. 2024, "Align Your Steps": σs found best for three models (Stable Diffusion 1.5, XL, Video) at ten steps. diffusers has
 * them as `AysSchedules`, with 0 in the place of the last.
 */
const alignYourSteps: Readonly<Record<Exclude<NamedSigmaSchedule, 'kl_optimal'>, readonly number[]>> = {
  align_your_steps: [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
  align_your_steps_sdxl: [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0.029],
  align_your_steps_svd: [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
};

/**
 * σs of a named schedule, falling, before the last.
 *
 * `kl_optimal` is Sabour et al. 2024, "Align Your Steps", equation 8: evenly spaced in arctan σ between the two ends.
 * `align_your_steps` and its kin are their lists, interpolated in ln σ to as many steps as are asked for, as they advise.
 */
export function namedSigmas(schedule: NamedSigmaSchedule, smallest: number, largest: number, steps: number): number[] {
  if (schedule === 'kl_optimal') return linspace(Math.atan(largest), Math.atan(smallest), steps).map(Math.tan);
  const logs = alignYourSteps[schedule].map(Math.log);
  return linspace(0, logs.length - 1, steps + 1)
    .slice(0, steps)
    .map((place) => {
      const low = Math.min(Math.floor(place), logs.length - 2);
      return Math.exp(logs[low]! + (logs[low + 1]! - logs[low]!) * (place - low));
    });
}
