import { type Tensor, weightedSum } from '../core/index.js';
import type { PredictionType } from './config.js';

/**
 * x₀, the clean sample, that a prediction implies for `sample = signal·x₀ + noise·ε`.
 *
 * @param signal √ᾱ, the share of the clean sample.
 * @param noise √(1−ᾱ), the share of the noise.
 */
export function originalSample(type: PredictionType, modelOutput: Tensor, sample: Tensor, signal: number, noise: number): Tensor {
  switch (type) {
    case 'epsilon':
      return signal > 0
        ? weightedSum([1 / signal, sample], [-noise / signal, modelOutput])
        : boundless(weightedSum([1, sample], [-noise, modelOutput]));
    case 'sample':
      return modelOutput;
    case 'v_prediction':
      return weightedSum([signal, sample], [-noise, modelOutput]);
  }
}

/** What is left of x/0, by sign: pure noise says nothing of the sample but its side, and only clipping makes it finite. */
function boundless(tensor: Tensor): Tensor {
  return tensor.map((value) => (value === 0 ? 0 : value * Infinity));
}

/** ε, the noise, that a prediction implies for `sample = signal·x₀ + noise·ε`. */
export function epsilon(type: PredictionType, modelOutput: Tensor, sample: Tensor, signal: number, noise: number): Tensor {
  switch (type) {
    case 'epsilon':
      return modelOutput;
    case 'sample':
      return weightedSum([1 / noise, sample], [-signal / noise, modelOutput]);
    case 'v_prediction':
      return weightedSum([signal, modelOutput], [noise, sample]);
  }
}

/** x₀ in the variance-exploding picture of Karras et al., `sample = x₀ + σ·ε`, that Euler and its kin work in. */
export function originalSampleOfSigma(type: PredictionType, modelOutput: Tensor, sample: Tensor, sigma: number): Tensor {
  switch (type) {
    case 'epsilon':
      return weightedSum([1, sample], [-sigma, modelOutput]);
    case 'sample':
      return modelOutput;
    case 'v_prediction':
      return weightedSum([-sigma / Math.sqrt(sigma ** 2 + 1), modelOutput], [1 / (sigma ** 2 + 1), sample]);
  }
}
