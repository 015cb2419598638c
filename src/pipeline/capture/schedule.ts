import { alphasCumprod, type AlphasConfig, type Scheduler } from '../schedulers/index.js';
import type { RunSchedule } from './record.js';

/** The least ᾱ that is told apart from none: pure noise has no finite σ. */
const LEAST_ALPHA = 2 ** -24;

/** The path of noise of a scheduler whose timesteps are set. */
export function describeSchedule(scheduler: Scheduler, beginIndex: number, strength: number | undefined): RunSchedule {
  const { className, timesteps } = scheduler;
  const sigmas = noiseLevels(scheduler);
  return { scheduler: className, timesteps: [...timesteps], sigmas, logSnr: sigmas.map((sigma) => -2 * Math.log(sigma)), beginIndex, ...(strength === undefined ? {} : { strength }) };
}

/** σ = √(1 − ᾱ) ∕ √ᾱ at every timestep, for schedulers that work in σ and for those that do not. */
export function noiseLevels({ timesteps, sigmas, config }: Scheduler): number[] {
  if (sigmas) return timesteps.map((_, i) => sigmas[i]!);
  const alphas = alphasCumprod(config as AlphasConfig);
  return timesteps.map((timestep) => {
    const alpha = Math.max(alphas[Math.round(timestep)]!, LEAST_ALPHA);
    return Math.sqrt((1 - alpha) / alpha);
  });
}
