import { type Tensor, weightedSum } from '../core/index.js';
import type { StepOptions } from './runOptions.js';

/**
 * Raises a sample's noise before a step (Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models",
 * algorithm 2, lines 4 to 6).
 *
 * @param sigma its noise level.
 * @param steps entries of the schedule without the last; `sChurn` is spread over them.
 * @param draw standard normal noise of the sample's shape; called only where noise is added.
 * @returns the sample and its raised noise level.
 */
export function churned(
  sample: Tensor,
  sigma: number,
  steps: number,
  { sChurn = 0, sTmin = 0, sTmax = Infinity, sNoise = 1 }: StepOptions,
  draw: () => Tensor,
): { sample: Tensor; sigma: number } {
  const gamma = sTmin <= sigma && sigma <= sTmax ? Math.min(sChurn / steps, Math.SQRT2 - 1) : 0;
  if (gamma <= 0) return { sample, sigma };
  const raised = sigma * (gamma + 1);
  return { sample: weightedSum([1, sample], [sNoise * Math.sqrt(raised ** 2 - sigma ** 2), draw()]), sigma: raised };
}
