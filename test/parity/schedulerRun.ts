import assert from 'node:assert/strict';

/** Whole timesteps must be equal; fractional ones come from single-precision logarithms and may differ a little. */
export function assertTimesteps(actual: readonly number[], expected: readonly number[]): void {
  if (expected.every(Number.isInteger) && actual.every(Number.isInteger)) {
    assert.deepEqual([...actual], [...expected], 'timesteps');
  } else {
    assert.equal(actual.length, expected.length, 'number of timesteps');
    for (const [i, t] of expected.entries()) assert.ok(Math.abs(actual[i]! - t) <= 2e-3, `timestep ${i} is ${actual[i]} instead of ${t}`);
  }
}

/** A smooth stand-in for a model that depends on the sample, on time and on nothing else. */
export function wave(sample: number, t: number): number {
  return Math.tanh(0.8 * sample + 0.3 * Math.sin(0.01 * t));
}
