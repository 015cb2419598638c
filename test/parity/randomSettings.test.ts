import assert from 'node:assert/strict';
import { FrameloomError, type Tensor } from '../../src/pipeline/core/index.js';
import type { Scheduler } from '../../src/pipeline/schedulers/index.js';
import { assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { DETERMINISTIC, readyScheduler, runSampler, type SamplerSettings, STOCHASTIC } from './samplerRun.js';
import { assertCloseToEither, assertTimesteps } from './schedulerRun.js';

/** One draw of settings, and what diffusers did with it. */
interface RandomCase extends SamplerSettings {
  steps: number;
  /** What `setBeginIndex` is called with where the first timestep stands twice. */
  begin_index?: number;
  /** What diffusers says where it takes no such settings. */
  refused?: string;
  /** Timesteps. */
  t: Stored;
  /** σs, where the scheduler has any. */
  s?: Stored;
  /** The sample at the end. */
  x: Stored;
  /** The same in double precision where single precision costs diffusers more than 2e-6, which `rounding` then is. */
  exact?: { x: Stored };
  rounding?: number;
}

/** `FRAMELOOM_RANDOM_SETTINGS` names another file of `reference/` that `generate/random_settings.py` made. */
const reference = new ReferenceFile<{ noise: Stored; clean: Stored; cases: RandomCase[] }>(
  process.env.FRAMELOOM_RANDOM_SETTINGS ?? 'randomSettings',
);
const noise = reference.tensor(reference.index.noise);
const clean = reference.tensor(reference.index.clean);

describe('random settings: every run agrees with diffusers, and what it refuses is refused', () => {
  for (const [i, row] of reference.index.cases.entries()) {
    const { scheduler: name, config, set_timesteps: own, step, steps, begin } = row;
    it(`${name} ${i}: ${JSON.stringify({ steps, ...config, ...own, ...step, begin })}`, () => {
      if (row.refused !== undefined) {
        assert.throws(() => run(row), FrameloomError, `diffusers says ${row.refused}`);
        return;
      }
      const { scheduler, sample } = run(row);
      assertTimesteps(scheduler.timesteps, reference.numbers(row.t));
      if (row.s) assertCloseValues(scheduler.sigmas ?? [], reference.numbers(row.s), 'sigmas', DETERMINISTIC);
      const exact = row.exact && reference.tensor(row.exact.x);
      assertCloseToEither(sample, reference.tensor(row.x), exact, 'sample at the end', toleranceOf(scheduler, row), row.rounding);
    });
  }
});

function toleranceOf(scheduler: Scheduler, row: RandomCase): number {
  const isNoisy = row.step.seed !== undefined || row.scheduler === 'DPMSolverSDEScheduler';
  return Math.max(isNoisy ? STOCHASTIC : DETERMINISTIC, row.begin === null ? scheduler.initNoiseSigma * 2 ** -20 : 0);
}

function run(row: RandomCase): { scheduler: Scheduler; sample: Tensor } {
  const scheduler = readyScheduler(row, row.steps, row.begin ?? row.begin_index);
  return { scheduler, sample: runSampler(scheduler, row, { noise, clean }, row.begin ?? 0) };
}
