import assert from 'node:assert/strict';
import type { Tensor } from '../../src/pipeline/core/tensor.js';
import type { Frame } from '../../src/pipeline/core/index.js';

/** What the project promises for latents, relative to their root mean square. */
export const LATENT_TOLERANCE = 1e-4;

/** What the project promises for decoded pixels, in levels of 255. */
export const PIXEL_TOLERANCE = 1;

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
export function assertCloseValues(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = LATENT_TOLERANCE,
): void {
  const error = relativeError(actual, expected);
  if (!(error <= tolerance)) {
    assert.fail(
      `${what}: differs by ${error.toExponential(2)} of the reference's root mean square, more than ${tolerance}. ` +
        `Ours begins ${list(actual)}, the reference ${list(expected)}.`,
    );
  }
}

/** Same number and size of frames, and no level more than `tolerance` away. */
export function assertClosePixels(actual: readonly Frame[], expected: readonly Frame[], what: string, tolerance = PIXEL_TOLERANCE): void {
  assert.deepEqual(
    actual.map(({ width, height }) => [width, height]),
    expected.map(({ width, height }) => [width, height]),
    `${what}: sizes`,
  );
  let worst = 0;
  for (const [i, frame] of expected.entries()) {
    for (const [at, level] of frame.data.entries()) worst = Math.max(worst, Math.abs(actual[i]!.data[at]! - level));
  }
  assert.ok(worst <= tolerance, `${what}: a level differs by ${worst} of 255, more than ${tolerance}`);
}

function list(values: ArrayLike<number>): string {
  return Array.from({ length: Math.min(4, values.length) }, (_, i) => values[i]!.toPrecision(6)).join(', ');
}
