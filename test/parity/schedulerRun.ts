import assert from 'node:assert/strict';
import type { SchedulerName } from '../../src/pipeline/schedulers/index.js';
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
