import { FrameloomError } from '../core/index.js';
import { betaQuantile } from './betaDistribution.js';
import { linspace } from './timesteps.js';

/** The one of the alternative σ schedules that is switched on; at most one may be. */
export interface SigmaScheduleConfig {
  /** Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", equation 5, ρ = 7. */
  useKarrasSigmas: boolean;
  /** σ falls by one factor a step. */
  useExponentialSigmas: boolean;
  /** Lee et al. 2024, "Beta Sampling is All You Need": quantiles of Beta(0.6, 0.6). */
  useBetaSigmas: boolean;
}

/** σ = √((1−ᾱ)/ᾱ): how much noise stands on one unit of clean sample, per training timestep, rising. */
export function sigmasOf(alphasCumprod: Float32Array): Float32Array {
  return alphasCumprod.map((alpha) => Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha)));
}

/** σ at (possibly fractional) timesteps, by linear interpolation. */
export function sigmasAt(timesteps: readonly number[], trainingSigmas: Float32Array): number[] {
  const last = trainingSigmas.length - 1;
  return timesteps.map((timestep) => {
    const t = Math.min(Math.max(timestep, 0), last);
    const low = Math.floor(t);
    const a = trainingSigmas[low]!;
    return a + (trainingSigmas[Math.min(low + 1, last)]! - a) * (t - low);
  });
}

/** The training timestep, fractional, at which σ is reached: linear interpolation in log σ. */
export function timestepOfSigma(sigma: number, logSigmas: Float32Array): number {
  const target = Math.log(Math.max(sigma, 1e-10));
  let low = 0;
  while (low < logSigmas.length - 2 && logSigmas[low + 1]! <= target) low++;
  if (logSigmas.length === 1) return 0;
  const a = logSigmas[low]!;
  const b = logSigmas[low + 1]!;
  const weight = Math.min(Math.max((a - target) / (a - b), 0), 1);
  return (1 - weight) * low + weight * (low + 1);
}

/** Karras σs from `max` down to `min`. */
export function karrasSigmas(min: number, max: number, steps: number, rho = 7): number[] {
  const a = max ** (1 / rho);
  const b = min ** (1 / rho);
  return linspace(0, 1, steps).map((ramp) => (a + ramp * (b - a)) ** rho);
}

/** σs evenly spaced in log σ from `max` down to `min`. */
export function exponentialSigmas(min: number, max: number, steps: number): number[] {
  return linspace(Math.log(max), Math.log(min), steps).map(Math.exp);
}

/** σs at quantiles of a beta distribution, denser at both ends, from `max` down to `min`. */
export function betaSigmas(min: number, max: number, steps: number, alpha = 0.6, beta = 0.6): number[] {
  return linspace(0, 1, steps).map((ramp) => min + betaQuantile(1 - ramp, alpha, beta) * (max - min));
}

/**
 * The alternative σs that the settings ask for, or undefined where the timesteps' own are to be used.
 */
export function alternativeSigmas(config: SigmaScheduleConfig, min: number, max: number, steps: number): number[] | undefined {
  if (config.useKarrasSigmas) return karrasSigmas(min, max, steps);
  if (config.useExponentialSigmas) return exponentialSigmas(min, max, steps);
  if (config.useBetaSigmas) return betaSigmas(min, max, steps);
  return undefined;
}

/** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` when more than one alternative is switched on. */
export function requireOneSigmaSchedule(scheduler: string, config: SigmaScheduleConfig): void {
  const on = (['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas'] as const).filter((key) => config[key]);
  if (on.length > 1) {
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `${scheduler}: ${on.join(' and ')} are both on, but only one schedule of sigmas can be used. Leave one of them.`,
    );
  }
}
