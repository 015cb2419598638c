import assert from 'node:assert/strict';
import { Tensor } from '../../src/pipeline/core/index.js';
import type { SchedulerName } from '../../src/pipeline/schedulers/index.js';
import { relativeError } from './closeTo.js';
import type { Stored } from './referenceFile.js';

/** One number of steps of a case. */
export interface ReferenceRun {
  /** Number of inference steps asked for. */
  steps: number;
  /** What `setBeginIndex` is called with, if at all. */
  begin_index: number | null;
  timesteps: Stored;
  sigmas?: Stored;
  init_noise_sigma: number;
  /** `clean` noised with `noise` to the level of timestep number `at`. Null where diffusers' scheduler adds none. */
  add_noise: { at: number; value: Stored } | null;
  /** `scaleModelInput` of the first sample. */
  scaled: Stored;
  /** The sample after some of the steps, counted from 1. */
  after: { step: number; value: Stored }[];
  /** The clean sample predicted at a step, where diffusers tells it. */
  original?: { step: number; value: Stored };
  /** The end of a run of diffusers' own scheduler tests: Σ|x|, the largest |x|, the first values. */
  anchor?: { sum: number; max: number; first: Stored };
}

/** What diffusers did with one choice of settings. */
export interface SchedulerCase {
  scheduler: SchedulerName;
  title: string;
  config: Record<string, unknown>;
  set_timesteps: Record<string, unknown>;
  step: Record<string, unknown> & { seed?: number };
  begin: number | null;
  runs: ReferenceRun[];
}

/**
 * Values as near as promised to those of diffusers in single or in double precision, whichever is nearer; where the two lie further apart
 * than that (`rounding`), no further from the nearer one than they are from one another.
 */
export function assertCloseToEither(
  actual: Tensor,
  single: Tensor,
  double: Tensor | undefined,
  what: string,
  tolerance: number,
  rounding = 0,
): void {
  assert.deepEqual([...actual.dims], [...single.dims], `${what}: shape`);
  const errors = [single, ...(double ? [double] : [])].map(({ data }) => relativeError(actual.data, data));
  const allowed = double ? Math.max(tolerance, rounding) : tolerance;
  assert.ok(
    Math.min(...errors) <= allowed,
    `${what}: differs by ${errors.map((error) => error.toExponential(2)).join(' and ')} of the reference's root mean square, more than ${allowed}`,
  );
}

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

/** The stand-in of diffusers' own scheduler tests. */
export function ratio(sample: number, t: number): number {
  return (sample * t) / (t + 1);
}

/** The fixed sample of diffusers' own scheduler tests: 0…1 in steps of 1/768, [4, 3, 8, 8], counted with the batch innermost. */
export function anchorSample(): Tensor {
  const [batch, values] = [4, 3 * 8 * 8];
  return Tensor.zeros([batch, 3, 8, 8]).map((_, i) => ((i % values) * batch + Math.floor(i / values)) / (batch * values));
}
