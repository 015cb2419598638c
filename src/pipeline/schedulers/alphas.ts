import type { BetaSchedule, NoiseScheduleConfig } from './config.js';
import { linspace } from './timesteps.js';

/** The settings that fix the training noise schedule. */
export type AlphasConfig = Pick<NoiseScheduleConfig, 'numTrainTimesteps' | 'betaStart' | 'betaEnd' | 'betaSchedule' | 'trainedBetas'> & {
  /** Rescale so that the last timestep is pure noise. */
  rescaleBetasZeroSnr?: boolean;
};

/** Stands in for ᾱ = 0 at the last step of a zero-SNR schedule, so that σ stays finite (diffusers uses the same value). */
const TINY_ALPHA = 2 ** -24;

/**
 * ᾱ of every training timestep: the share of the clean sample's variance that is left, from near 1 down to near 0.
 *
 * Rounded to float32 at the places where PyTorch rounds, because √((1−ᾱ)/ᾱ) near ᾱ = 1 amplifies the difference.
 */
export function alphasCumprod(config: AlphasConfig): Float32Array {
  let betas = config.trainedBetas
    ? Float32Array.from(config.trainedBetas)
    : trainingBetas(config.betaSchedule, config.betaStart, config.betaEnd, config.numTrainTimesteps);
  if (config.rescaleBetasZeroSnr) betas = rescaleToZeroTerminalSnr(betas);
  return cumulativeProduct(betas);
}

/** As {@link alphasCumprod}, with the last value lifted off zero: for schedulers that work in σ = √((1−ᾱ)/ᾱ). */
export function alphasCumprodForSigmas(config: AlphasConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = TINY_ALPHA;
  return alphas;
}

function trainingBetas(schedule: BetaSchedule, start: number, end: number, count: number): Float32Array {
  switch (schedule) {
    case 'linear':
      return Float32Array.from(linspace(start, end, count));
    case 'scaled_linear':
      return Float32Array.from(linspace(Math.sqrt(start), Math.sqrt(end), count), (root) => Math.fround(root) ** 2);
    case 'squaredcos_cap_v2':
      return Float32Array.from({ length: count }, (_, i) => Math.min(1 - cosineAlpha((i + 1) / count) / cosineAlpha(i / count), 0.999));
  }
}

/** Nichol & Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models", equation 17. */
function cosineAlpha(t: number): number {
  return Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
}

/** Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1. */
function rescaleToZeroTerminalSnr(betas: Float32Array): Float32Array {
  const root = cumulativeProduct(betas).map(Math.sqrt);
  const first = root[0]!;
  const last = root[root.length - 1]!;
  const scale = Math.fround(first / Math.fround(first - last));
  const alphas = root.map((value) => Math.fround(Math.fround(value - last) * scale)).map((value) => value ** 2);
  return alphas.map((value, i) => 1 - (i === 0 ? value : Math.fround(value / alphas[i - 1]!)));
}

/** ∏(1 − β), accumulated in double precision and stored in single, as `torch.cumprod` does on the CPU. */
function cumulativeProduct(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= Math.fround(1 - beta)));
}
