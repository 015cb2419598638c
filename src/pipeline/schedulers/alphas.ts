import { FrameloomError } from '../core/index.js';
import type { BetaSchedule, NoiseScheduleConfig } from './config.js';

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
 *
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for βs that add nothing at the first timestep in single precision.
 */
export function alphasCumprod(config: AlphasConfig): Float32Array {
  let betas = betasOf(config);
  if (config.rescaleBetasZeroSnr) betas = rescaleToZeroTerminalSnr(betas);
  const alphas = cumulativeProduct(betas);
  if (alphas[0] === 1) {
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `The noise schedule adds no noise at its first timestep: its first β, ${betas[0]}, is too small for single precision. Use one above 1e-7.`,
    );
  }
  return alphas;
}

/** β of every training timestep, before any rescaling. */
export function betasOf({ trainedBetas, betaSchedule, betaStart, betaEnd, numTrainTimesteps }: AlphasConfig): Float32Array {
  return trainedBetas ? Float32Array.from(trainedBetas) : trainingBetas(betaSchedule, betaStart, betaEnd, numTrainTimesteps);
}

/**
 * As {@link alphasCumprod}, with the last value lifted off zero: for schedulers that work in σ = √((1−ᾱ)/ᾱ).
 *
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` also for βs so large that nothing of the sample is left before the end.
 */
export function alphasCumprodForSigmas(config: AlphasConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = TINY_ALPHA;
  const end = alphas.indexOf(0);
  if (end >= 0) {
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `The noise schedule leaves nothing of the sample from timestep ${end} on, so that its σ would be infinite there. Use smaller βs or fewer numTrainTimesteps.`,
    );
  }
  return alphas;
}

function trainingBetas(schedule: BetaSchedule, start: number, end: number, count: number): Float32Array {
  switch (schedule) {
    case 'linear':
      return linspaceInSinglePrecision(start, end, count);
    case 'scaled_linear':
      return linspaceInSinglePrecision(Math.sqrt(start), Math.sqrt(end), count).map((root) => root ** 2);
    case 'squaredcos_cap_v2':
      return betasOfAlphaBar(cosineAlpha, count);
    case 'laplace':
      return betasOfAlphaBar(laplaceAlpha, count);
    case 'exp':
      return betasOfAlphaBar((t) => Math.exp(-12 * t), count);
    case 'sigmoid':
      return linspaceInSinglePrecision(-6, 6, count).map(
        (x) => Math.fround(sigmoidInSinglePrecision(x) * Math.fround(end - start)) + Math.fround(start),
      );
  }
}

/** Evenly spaced numbers as `torch.linspace` rounds them: counted from both ends, with fused multiplications. */
export function linspaceInSinglePrecision(start: number, end: number, count: number): Float32Array {
  const first = Math.fround(start);
  const last = Math.fround(end);
  const step = count === 1 ? 0 : Math.fround(Math.fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) || count === 1 ? first + step * i : last - step * (count - 1 - i),
  );
}

/** `torch.sigmoid` of single precision, which rounds after every operation. */
function sigmoidInSinglePrecision(x: number): number {
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-x))));
}

/** βs whose cumulative ᾱ follows a function of time, 0…1. */
function betasOfAlphaBar(alphaBar: (t: number) => number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999));
}

/** Hang et al. 2024, "Improved Noise Schedule for Diffusion Training": a Laplace distribution of the log-SNR; diffusers' form of it. */
function laplaceAlpha(t: number): number {
  const lambda = -0.5 * (t > 0.5 ? -1 : 1) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
  return Math.sqrt(Math.exp(lambda) / (1 + Math.exp(lambda)));
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
