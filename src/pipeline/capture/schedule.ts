import type { Scheduler } from '../schedulers/index.js';
import type { RunSchedule } from './record.js';

/** The path of noise of a scheduler whose timesteps are set. */
export function describeSchedule(scheduler: Scheduler, beginIndex: number, strength: number | undefined): RunSchedule {
  const { className, timesteps } = scheduler;
  const sigmas = [...scheduler.noiseLevels];
  return {
    scheduler: className,
    timesteps: [...timesteps],
    sigmas,
    logSnr: sigmas.map((sigma) => -2 * Math.log(sigma)),
    beginIndex,
    ...(strength === undefined ? {} : { strength }),
  };
}
