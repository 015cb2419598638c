import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { Generator } from '../../src/pipeline/core/index.js';
import {
  type Scheduler,
  schedulerClasses,
  type SchedulerName,
  type StepOptions,
  type TimestepOptions,
} from '../../src/pipeline/schedulers/index.js';
import { anchorSample, ratio } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** One full loop of diffusers' own scheduler tests, and what it ends with. */
interface FullLoop {
  scheduler: SchedulerName;
  title: string;
  config: Record<string, unknown>;
  steps: number;
  set_timesteps: Record<string, unknown>;
  step: Record<string, unknown>;
  /** The step from which the noised sample runs; null: from noise. */
  start: number | null;
  /** Seed of what steps draw; null where they draw nothing. */
  seed: number | null;
  /** All trained timesteps are run. */
  every?: boolean;
  /** Σ|x|. */
  sum: number;
  /** Mean of |x|. */
  mean: number;
}

/** Classes whose tests make the step from the sample as it is. */
const unscaled: readonly SchedulerName[] = ['CMStochasticIterativeScheduler', 'EDMEulerScheduler'];

const loops = JSON.parse(readFileSync(path.join(__dirname, 'reference/fullLoops.json'), 'utf8')) as FullLoop[];

describe("the full loops of diffusers' own scheduler tests end with the same sums and means", () => {
  for (const row of loops) {
    it(`${row.scheduler}: ${row.title}`, () => {
      const size = endOf(row).data.map(Math.abs);
      const sum = size.reduce((total, value) => total + value, 0);
      const tolerance = row.seed === null && row.scheduler !== 'DPMSolverSDEScheduler' ? 1e-5 : 1e-4;
      for (const [what, actual, expected] of [
        ['Σ|x|', sum, row.sum],
        ['mean |x|', sum / size.length, row.mean],
      ] as const)
        assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(expected, 1e-6), `${what} is ${actual} instead of ${expected}`);
    });
  }
});

function endOf({ scheduler: name, config, steps, set_timesteps: own, step, start, seed, every }: FullLoop): Tensor {
  const scheduler: Scheduler = schedulerClasses[name].fromConfig(config);
  const given = (own.timesteps ?? own.sigmas) as readonly number[] | undefined;
  const count = given ? given.length - (own.sigmas ? 1 : 0) : every ? (config.num_train_timesteps as number) : steps;
  scheduler.setTimesteps(count, camelCaseKeys(own) as TimestepOptions);
  const first = (start ?? 0) * scheduler.order;
  if (start !== null) scheduler.setBeginIndex(first);
  let sample = anchorSample().map((value) => value * scheduler.initNoiseSigma);
  if (start !== null) sample = scheduler.addNoise(sample, noiseSample(), scheduler.timesteps[first]!);
  const options: StepOptions = camelCaseKeys(step);
  if (seed !== null) options.generator = new Generator(seed);
  for (const t of scheduler.timesteps.slice(first)) {
    const scaled = scheduler.scaleModelInput(sample, t);
    sample = scheduler.step(
      scaled.map((value) => ratio(value, t)),
      t,
      // Those tests make the step from the scaled sample, too.
      unscaled.includes(name) ? sample : scaled,
      options,
    ).prevSample;
  }
  return sample;
}

/** The fixed noise of diffusers' own scheduler tests: the fixed sample counted backwards. */
function noiseSample(): Tensor {
  return anchorSample().map((value) => Math.fround(767 / 768 - value));
}
