import { ArgumentError, type Tensor } from '../core/index.js';

/**
 * How far the mean must stand off zero, in parts of the root mean square, for its ratio to mean something. CLIP's
 * embeddings have a tenth; encoders without such a bias stay below four thousandths, by chance, and of either sign.
 */
const CLEAR_MEAN = 0.01;

/** Weights beyond it are slips: at 10 the other words already count for nothing. */
const LARGEST = 1000;

/**
 * A prompt's embeddings with each token's multiplied by its weight, brought back to the size they had.
 *
 * As A1111 does (and diffusers' `lpw` pipelines after it) the mean is restored, where there is one to speak of. Where the
 * mean is next to nothing, before or after weighing, the ratio of two such means is chance and can be anything; there the
 * root mean square is restored.
 *
 * @param embeddings `[1, tokens, channels]`.
 * @param weights one for each token; 1 leaves it as it is, 0 and less are allowed.
 * @throws {ArgumentError} `FL_ARGUMENT` for a weight beyond ±1000.
 */
export function weighEmbeddings(embeddings: Tensor, weights: readonly number[]): Tensor {
  const wrong = weights.find((weight) => !(Math.abs(weight) <= LARGEST));
  if (wrong !== undefined) throw new ArgumentError('A weight in the prompt', wrong, `a number from ${-LARGEST} to ${LARGEST}, such as 1.3`);
  const channels = embeddings.dims[2]!;
  const before = momentsOf(embeddings.data, channels, () => 1);
  const after = momentsOf(embeddings.data, channels, (token) => weights[token]!);
  const clear = [before, after].every(({ mean, rms }) => Math.abs(mean) >= CLEAR_MEAN * rms);
  const scale = after.rms === 0 ? 1 : clear ? before.mean / after.mean : before.rms / after.rms;
  return embeddings.map((value, i) => value * (weights[Math.floor(i / channels)]! * scale));
}

/** Mean and root mean square of values whose every row of `channels` is multiplied by its weight. */
function momentsOf(values: Float32Array, channels: number, weightOf: (row: number) => number): { mean: number; rms: number } {
  let sum = 0;
  let squares = 0;
  for (let row = 0; row * channels < values.length; row++) {
    const weight = weightOf(row);
    for (let i = row * channels; i < (row + 1) * channels; i++) {
      const value = values[i]! * weight;
      sum += value;
      squares += value * value;
    }
  }
  return { mean: sum / values.length, rms: Math.sqrt(squares / values.length) };
}
