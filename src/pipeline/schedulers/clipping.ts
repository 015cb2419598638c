import type { Tensor } from '../core/index.js';

/** The knobs that keep a predicted clean sample within bounds; made for pixels, harmful for most latents. */
export interface ClippingConfig {
  /** Clamp the predicted clean sample to ±`clipSampleRange`. */
  clipSample: boolean;
  /** The bound, 1 for pixels. */
  clipSampleRange: number;
  /** Dynamic thresholding (Saharia et al. 2022, "Imagen", section 2.3); goes before `clipSample`. */
  thresholding: boolean;
  /** The quantile of |x₀| that becomes the bound. */
  dynamicThresholdingRatio: number;
  /** The largest bound. */
  sampleMaxValue: number;
}

/** Applies whichever of the two the settings ask for to a predicted clean sample. */
export function clip(original: Tensor, config: ClippingConfig): Tensor {
  if (config.thresholding) return dynamicThreshold(original, config.dynamicThresholdingRatio, config.sampleMaxValue);
  if (config.clipSample) return clampTo(original, config.clipSampleRange);
  return original;
}

/** Per row of the first axis: clamps to the given quantile of |x| (at least 1, at most `maxValue`) and divides by it. */
export function dynamicThreshold(original: Tensor, ratio: number, maxValue: number): Tensor {
  const out = original.clone();
  for (let row = 0; row < original.dims[0]!; row++) {
    const { data } = out.slice(row, row + 1);
    const bound = Math.min(Math.max(quantile(data.map(Math.abs), ratio), 1), maxValue);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i]!, -bound), bound) / bound;
  }
  return out;
}

/** Every value brought within ±`bound`. */
export function clampTo(tensor: Tensor, bound: number): Tensor {
  return tensor.map((value) => Math.min(Math.max(value, -bound), bound));
}

/** Linear interpolation between the two nearest ranks, as `torch.quantile`. Sorts `values` in place. */
function quantile(values: Float32Array, ratio: number): number {
  values.sort();
  const rank = ratio * (values.length - 1);
  const low = Math.floor(rank);
  const a = values[low]!;
  const b = values[Math.min(low + 1, values.length - 1)]!;
  // Equal neighbours may both be infinite, and their difference then is no number.
  return a === b || rank === low ? a : a + (b - a) * (rank - low);
}
