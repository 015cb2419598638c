import assert from 'node:assert/strict';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { Generator } from '../../src/pipeline/core/index.js';
import {
  FlowMatchEulerDiscreteScheduler,
  type Scheduler,
  schedulerClasses,
  type StepOptions,
  type TimestepOptions,
} from '../../src/pipeline/schedulers/index.js';
import { assertClose, assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { anchorSample, assertTimesteps, ratio, type ReferenceRun, type SchedulerCase, wave } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** A step of tokens at noise levels of their own. */
interface TokenCase {
  config: Record<string, unknown>;
  seed: number | null;
  steps: number;
  timesteps: Stored;
  sample: Stored;
  output: Stored;
  after: Stored;
}

/** What the issue promises, relative to the root mean square: without noise, and with it. */
const [DETERMINISTIC, STOCHASTIC] = [1e-5, 1e-4];

const reference = new ReferenceFile<{ noise: Stored; clean: Stored; tokens: TokenCase[]; cases: SchedulerCase[] }>('flowSchedulers');
const noise = reference.tensor(reference.index.noise);
const clean = reference.tensor(reference.index.clean);

describe('schedulers of flow matching, EDM and consistency models: every run agrees with diffusers', () => {
  for (const row of reference.index.cases) {
    describe(`${row.scheduler}: ${row.title}`, () => {
      for (const run of row.runs) {
        it(`${run.steps} steps`, () => {
          const scheduler = prepare(row, run);
          assertTimesteps(scheduler.timesteps, reference.numbers(run.timesteps));
          if (run.sigmas) assertCloseValues(scheduler.sigmas ?? [], reference.numbers(run.sigmas), 'sigmas', DETERMINISTIC);
          assertCloseValues([scheduler.initNoiseSigma], [run.init_noise_sigma], 'initNoiseSigma', 1e-6);
          const noised = run.add_noise ? scheduler.addNoise(clean, noise, scheduler.timesteps[run.add_noise.at]!) : noise;
          if (run.add_noise) assertClose(noised, reference.tensor(run.add_noise.value), 'addNoise', DETERMINISTIC);

          const start = row.begin === null ? noise.map((value) => value * scheduler.initNoiseSigma) : noised;
          const steps = loop(scheduler, row, start, wave);
          const tolerance = toleranceOf(scheduler, row);
          assertClose(steps[0]!.scaled, reference.tensor(run.scaled), 'scaleModelInput', DETERMINISTIC);
          for (const { step, value } of run.after)
            assertClose(steps[step - 1]!.prevSample, reference.tensor(value), `sample after step ${step}`, tolerance);
          if (run.original)
            assertClose(
              steps[run.original.step - 1]!.predOriginalSample,
              reference.tensor(run.original.value),
              'clean sample predicted at the last step',
              tolerance,
            );
        });

        const { anchor } = run;
        if (!anchor) continue;
        it(`${run.steps} steps with the model of diffusers' own tests`, () => {
          const scheduler = prepare(row, run);
          const tolerance = toleranceOf(scheduler, row);
          const { data } = loop(
            scheduler,
            row,
            anchorSample().map((value) => value * scheduler.initNoiseSigma),
            ratio,
          ).at(-1)!.prevSample;
          const total = data.reduce((partial, value) => partial + Math.abs(value), 0);
          assert.ok(Math.abs(total - anchor.sum) <= tolerance * Math.max(anchor.sum, 1), `Σ|x| is ${total} instead of ${anchor.sum}`);
          for (const [i, expected] of reference.numbers(anchor.first).entries()) {
            assert.ok(
              Math.abs(data[i]! - expected) <= tolerance * Math.max(anchor.max, 0.01),
              `value ${i} is ${data[i]} instead of ${expected}`,
            );
          }
        });
      }
    });
  }

  for (const row of reference.index.tokens) {
    it(`FlowMatchEulerDiscreteScheduler: tokens at levels of their own, ${JSON.stringify(row.config)}`, () => {
      const scheduler = FlowMatchEulerDiscreteScheduler.fromConfig(row.config);
      scheduler.setTimesteps(row.steps);
      const options: StepOptions = { perTokenTimesteps: reference.tensor(row.timesteps) };
      if (row.seed !== null) options.generator = new Generator(row.seed);
      const { prevSample } = scheduler.step(reference.tensor(row.output), scheduler.timesteps[0]!, reference.tensor(row.sample), options);
      assertClose(prevSample, reference.tensor(row.after), 'sample', DETERMINISTIC);
    });
  }
});

/** The scheduler of one case with its timesteps set and told where the run begins, where that is said. */
function prepare(row: SchedulerCase, run: ReferenceRun): Scheduler {
  const scheduler: Scheduler = schedulerClasses[row.scheduler].fromConfig(row.config);
  scheduler.setTimesteps(run.steps, camelCaseKeys(row.set_timesteps) as TimestepOptions);
  if (row.begin !== null) scheduler.setBeginIndex(row.begin);
  return scheduler;
}

/** The loop of a pipeline, with a function in the model's place. */
function loop(scheduler: Scheduler, row: SchedulerCase, start: Tensor, model: (sample: number, t: number) => number) {
  const { seed, ...rest } = row.step;
  const options = camelCaseKeys(rest) as StepOptions;
  if (seed !== undefined) options.generator = new Generator(seed);
  let sample = start;
  return scheduler.timesteps.slice(row.begin ?? 0).map((t) => {
    const scaled = scheduler.scaleModelInput(sample, t);
    const output = scheduler.step(
      scaled.map((value) => model(value, t)),
      t,
      sample,
      options,
    );
    sample = output.prevSample;
    return { scaled, ...output };
  });
}

/** Single precision holds a sample that starts at σ only to σ·2⁻²⁴, and one step down to 0 leaves some times that. */
function toleranceOf(scheduler: Scheduler, row: SchedulerCase): number {
  return Math.max(row.step.seed === undefined ? DETERMINISTIC : STOCHASTIC, scheduler.initNoiseSigma * 2 ** -20);
}
