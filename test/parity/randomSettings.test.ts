import assert from 'node:assert/strict';
import { concatenate, FrameloomError, Generator, Tensor } from '../../src/pipeline/core/index.js';
import {
  RePaintScheduler,
  type Scheduler,
  schedulerClasses,
  type SchedulerName,
  type StepOptions,
  type TimestepOptions,
} from '../../src/pipeline/schedulers/index.js';
import { assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { assertCloseToEither, assertTimesteps, wave } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** One draw of settings, and what diffusers did with it. */
interface RandomCase {
  scheduler: SchedulerName;
  config: Record<string, unknown> & { learned?: boolean };
  set_timesteps: Record<string, unknown>;
  step: Record<string, unknown> & { seed?: number };
  steps: number;
  begin: number | null;
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

/** What is promised, relative to the root mean square: without noise, and with it. */
const [DETERMINISTIC, STOCHASTIC] = [1e-5, 1e-4];

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
  const { learned = false, ...config } = row.config;
  const { seed, ...rest } = row.step;
  const scheduler: Scheduler = schedulerClasses[row.scheduler].fromConfig(config);
  scheduler.setTimesteps(row.steps, camelCaseKeys(row.set_timesteps) as TimestepOptions);
  const begin = row.begin ?? row.begin_index;
  if (begin !== undefined) scheduler.setBeginIndex(begin);
  const options: StepOptions = camelCaseKeys(rest);
  if (seed !== undefined) options.generator = new Generator(seed);
  let sample =
    row.begin === null
      ? noise.map((value) => value * scheduler.initNoiseSigma)
      : new Tensor(
          clean.data.map((value, i) => 0.6 * value + 0.7 * noise.data[i]!),
          clean.dims,
        );
  const timesteps = scheduler.timesteps.slice(row.begin ?? 0);
  const paints = scheduler instanceof RePaintScheduler;
  if (paints) Object.assign(options, { originalImage: sample.map(() => 0.25), mask: sample.map((_, i) => i % 2) });
  for (const [i, t] of timesteps.entries()) {
    if (paints && i > 0 && t > timesteps[i - 1]!) {
      sample = scheduler.undoStep(sample, timesteps[i - 1]!, options.generator!);
      continue;
    }
    const output = scheduler.scaleModelInput(sample, t).map((value) => wave(value, t));
    sample = scheduler.step(learned ? withVariance(output) : output, t, sample, options).prevSample;
  }
  return { scheduler, sample };
}

/** A model that predicts its variance, too: how far it lies between the least and the most, −1…1. */
function withVariance(output: Tensor): Tensor {
  const [rows = 0, channels = 0, ...size] = output.dims;
  const halves = concatenate([output, output.map((value) => Math.sin(3 * value))]);
  return halves.reshape([rows, 2 * channels, ...size]);
}
