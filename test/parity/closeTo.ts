import assert from 'node:assert/strict';
import type { Tensor } from '../../src/pipeline/tensor.js';

/** What the project promises for latents, relative to their root mean square. */
export const LATENT_TOLERANCE = 1e-4;

/** The largest difference of two arrays of one length, in parts of the root mean square of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length, 'number of values');
  let worst = 0;
  let squares = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    // NaN must not pass for small.
    if (!(difference <= worst)) worst = difference;
    squares += expected[i]! ** 2;
  }
  const scale = Math.sqrt(squares / Math.max(1, expected.length));
  return worst === 0 ? 0 : worst / scale;
}

/** Same shape, and every value within `tolerance` parts of the root mean square of `expected`. */
export function assertClose(actual: Tensor, expected: Tensor, what: string, tolerance = LATENT_TOLERANCE): void {
  assert.deepEqual([...actual.dims], [...expected.dims], `${what}: shape`);
  assertCloseValues(actual.data, expected.data, what, tolerance);
}

/** As {@link assertClose}, for plain lists. */
export function assertCloseValues(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = LATENT_TOLERANCE): void {
  const error = relativeError(actual, expected);
  if (!(error <= tolerance)) {
    assert.fail(`${what}: differs by ${error.toExponential(2)} of the reference's root mean square, more than ${tolerance}. ` +
      `Ours begins ${list(actual)}, the reference ${list(expected)}.`);
  }
}

function list(values: ArrayLike<number>): string {
  return Array.from({ length: Math.min(4, values.length) }, (_, i) => values[i]!.toPrecision(6)).join(', ');
}
