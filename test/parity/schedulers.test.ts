import assert from 'node:assert/strict';
import { Generator } from '../../src/pipeline/core/generator.js';
import { type Scheduler, schedulerClasses, type StepOptions, type TimestepOptions } from '../../src/pipeline/schedulers/index.js';
import type { Tensor } from '../../src/pipeline/core/tensor.js';
import { assertClose, assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { anchorSample, assertTimesteps, ratio, type ReferenceRun, type SchedulerCase, wave } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** What is promised, relative to the root mean square: without noise, and with it. */
const [DETERMINISTIC, STOCHASTIC] = [1e-5, 1e-4];

interface SchedulerIndex {
  noise: Stored;
  clean: Stored;
  cases: SchedulerCase[];
}

describe('schedulers: every run agrees with diffusers', () => {
  const reference = new ReferenceFile<SchedulerIndex>('schedulers');
  const noise = reference.tensor(reference.index.noise);
  const clean = reference.tensor(reference.index.clean);

  for (const row of reference.index.cases) {
    describe(`${row.scheduler}: ${row.title}`, () => {
      for (const run of row.runs) {
        it(`${run.steps} steps`, () => {
          const scheduler = prepare(row, run, row.begin);
          const timesteps = reference.numbers(run.timesteps);
          assertTimesteps(scheduler.timesteps, timesteps);
          if (run.sigmas) assertCloseValues(scheduler.sigmas ?? [], reference.numbers(run.sigmas), 'sigmas', 1e-5);
          assertCloseValues([scheduler.initNoiseSigma], [run.init_noise_sigma], 'initNoiseSigma', 1e-6);

          const noised = run.add_noise ? scheduler.addNoise(clean, noise, scheduler.timesteps[run.add_noise.at]!) : noise;
          if (run.add_noise) assertClose(noised, reference.tensor(run.add_noise.value), 'addNoise', DETERMINISTIC);
          if (run.begin_index !== null) scheduler.setBeginIndex(run.begin_index);

          const start = row.begin === null ? noise.map((value) => value * scheduler.initNoiseSigma) : noised;
          const steps = loop(scheduler, row, start, wave);
          assertClose(steps[0]!.scaled, reference.tensor(run.scaled), 'scaleModelInput', DETERMINISTIC);
          const tolerance = toleranceOf(scheduler, row);
          for (const { step, value } of run.after)
            assertClose(steps[step - 1]!.prevSample, reference.tensor(value), `sample after step ${step}`, tolerance);
          if (run.original) {
            const { step, value } = run.original;
            assertClose(steps[step - 1]!.predOriginalSample, reference.tensor(value), `clean sample predicted at step ${step}`, tolerance);
          }
        });

        if (run.anchor) {
          const { sum, max, first } = run.anchor;
          it(`${run.steps} steps with the model of diffusers' own tests`, () => {
            const scheduler = prepare(row, run, run.begin_index);
            const start = anchorSample().map((value) => value * scheduler.initNoiseSigma);
            const final = loop(scheduler, row, start, ratio).at(-1)!.prevSample;
            const total = final.data.reduce((partial, value) => partial + Math.abs(value), 0);
            assert.ok(Math.abs(total - sum) <= toleranceOf(scheduler, row) * Math.max(sum, 1), `Σ|x| is ${total} instead of ${sum}`);
            for (const [i, expected] of reference.numbers(first).entries()) {
              assert.ok(
                Math.abs(final.data[i]! - expected) <= toleranceOf(scheduler, row) * Math.max(max, 0.01),
                `value ${i} is ${final.data[i]} instead of ${expected}`,
              );
            }
          });
        }
      }
    });
  }
});

/** The scheduler of one case with its timesteps set and told where the run begins, where that is said. */
function prepare(row: SchedulerCase, run: ReferenceRun, begin: number | null): Scheduler {
  const scheduler: Scheduler = schedulerClasses[row.scheduler].fromConfig(row.config);
  scheduler.setTimesteps(run.steps, camelCaseKeys(row.set_timesteps) as TimestepOptions);
  if (begin !== null) scheduler.setBeginIndex(begin);
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

/**
 * Single precision holds a sample that starts at σ only to σ·2⁻²⁴, and diffusers computes in single precision: with
 * zero terminal SNR (σ = 4096) that is more than the tolerance that holds everywhere else.
 */
function toleranceOf(scheduler: Scheduler, row: SchedulerCase): number {
  return Math.max(row.step.seed === undefined ? DETERMINISTIC : STOCHASTIC, scheduler.initNoiseSigma * 2 ** -20);
}
