import { Tensor } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';

/** The bounds that diffusers puts on the logarithm of the posterior's variance. */
const LOG_VARIANCE = { min: -30, max: 20 };

/** A sample (or, without noise, the mean) of the Gaussian whose mean and log variance stand in the two halves of the channels. */
export function posterior(parameters: Tensor, noise: NoiseSource | undefined): Tensor {
  const [frames, doubled, height, width] = parameters.dims as [number, number, number, number];
  const dims = [frames, doubled / 2, height, width];
  const half = (doubled / 2) * height * width;
  const draw = noise?.randn(dims);
  return Tensor.zeros(dims).map((_, i) => {
    const at = Math.floor(i / half) * 2 * half + (i % half);
    const mean = parameters.data[at]!;
    if (!draw) return mean;
    const logVariance = Math.min(Math.max(parameters.data[at + half]!, LOG_VARIANCE.min), LOG_VARIANCE.max);
    return mean + Math.exp(logVariance / 2) * draw.data[i]!;
  });
}
