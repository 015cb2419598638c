import { ArgumentError } from '../core/index.js';

/** How flow σs are moved towards noise: by a fixed factor, or by μ, which pipelines find from the picture's size. */
export type FlowShift = { readonly shift: number } | { readonly mu: number | undefined; readonly type: 'exponential' | 'linear' };

/**
 * σs of rectified flow, 0…1, shifted: `s·σ ⁄ (1 + (s − 1)·σ)`.
 *
 * Esser et al. 2024, "Scaling Rectified Flow Transformers", equation 23.
 *
 * @throws {ArgumentError} without the μ of dynamic shifting.
 */
export function shiftSigmas(sigmas: readonly number[], how: FlowShift): readonly number[] {
  if (!('shift' in how) && how.mu === undefined)
    throw new ArgumentError('mu', how.mu, "a number with useDynamicShifting: pipelines find it from the number of the picture's patches");
  const shift = 'shift' in how ? how.shift : how.type === 'exponential' ? Math.exp(how.mu!) : how.mu!;
  return sigmas.map((sigma) => (shift * sigma) / (1 + (shift - 1) * sigma));
}

/** σs stretched so that the last is `terminal` (LTX-Video). */
export function stretchToTerminal(sigmas: readonly number[], terminal: number): number[] {
  const scale = (1 - sigmas.at(-1)!) / (1 - terminal);
  return sigmas.map((sigma) => 1 - (1 - sigma) / scale);
}

/** The least share of the clean sample that is told apart from none: pure noise has no finite σ ⁄ α. */
const LEAST_SHARE = 2 ** -12;

/** σ ⁄ α of rectified flow, whose α is 1 − σ: noise on one unit of the clean sample. */
export function flowNoiseLevel(sigma: number): number {
  return sigma / Math.max(1 - sigma, LEAST_SHARE);
}
