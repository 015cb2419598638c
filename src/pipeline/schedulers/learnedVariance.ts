import { ArgumentError, Tensor } from '../core/index.js';

/**
 * The mean's half of an output of networks that predict their variance too, whose channels are doubled (Nichol & Dhariwal 2021).
 *
 * @throws {ArgumentError} for an output that has not twice the sample's channels.
 */
export function meanOf(modelOutput: Tensor, sample: Tensor): Tensor {
  return channels(modelOutput, sample, 0);
}

/** The variance's half of such an output. */
export function learnedVarianceOf(modelOutput: Tensor, sample: Tensor): Tensor {
  return channels(modelOutput, sample, 1);
}

function channels(modelOutput: Tensor, sample: Tensor, half: 0 | 1): Tensor {
  const [rows = 0, count = 0] = sample.dims;
  if (modelOutput.dims[1] !== 2 * count)
    throw new ArgumentError('modelOutput', modelOutput.dims, `of ${2 * count} channels, twice the sample's, with a learned variance`);
  const size = sample.size / rows;
  const out = new Float32Array(sample.size);
  for (let row = 0; row < rows; row++) out.set(modelOutput.data.subarray((2 * row + half) * size, (2 * row + half + 1) * size), row * size);
  return new Tensor(out, sample.dims);
}
