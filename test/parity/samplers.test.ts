import { concatenate, Generator, Tensor } from '../../src/pipeline/core/index.js';
import {
  RePaintScheduler,
  type Scheduler,
  schedulerClasses,
  type SchedulerName,
  type StepOptions,
  type TimestepOptions,
} from '../../src/pipeline/schedulers/index.js';
import { assertClose, assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { assertCloseToEither, assertTimesteps, wave } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** One number of steps of a case. */
interface Run {
  steps: number;
  /** Timesteps. */
  t: Stored;
  /** σs, where the scheduler has any. */
  s?: Stored;
  /** What `setBeginIndex` is called with where the first timestep stands twice. */
  begin?: number;
  /** `clean` noised to the first timestep of a run that begins later. */
  noised?: Stored;
  /** The clean sample predicted at half of the run. */
  x0?: Stored;
  /** The sample at the end. */
  x: Stored;
  /** The same in double precision where single precision costs diffusers more than 2e-6, which `rounding` then is. */
  exact?: { x0?: Stored; x: Stored };
  rounding?: number;
}

interface SamplerCase {
  scheduler: SchedulerName;
  title: string;
  config: Record<string, unknown> & { learned?: boolean };
  set_timesteps: Record<string, unknown>;
  step: Record<string, unknown> & { seed?: number };
  begin: number | null;
  /** Whether noise is added that no seed of `step` fixes. */
  noisy?: boolean;
  runs: Run[];
}

/** What is promised, relative to the root mean square: without noise, and with it. */
const [DETERMINISTIC, STOCHASTIC] = [1e-5, 1e-4];

describe('further schedulers: every run agrees with diffusers', () => {
  const { index, ...reference } = open();
  const noise = reference.tensor(index.noise);
  const clean = reference.tensor(index.clean);
  const exact = (stored: Stored | undefined) => (stored === undefined ? undefined : reference.tensor(stored));
  for (const row of index.cases) {
    describe(`${row.scheduler}: ${row.title}`, () => {
      for (const run of row.runs) {
        it(`${run.steps} steps`, () => {
          const { learned = false, ...config } = row.config;
          const { seed, ...rest } = row.step;
          const tolerance = row.noisy || seed !== undefined ? STOCHASTIC : DETERMINISTIC;
          const scheduler: Scheduler = schedulerClasses[row.scheduler].fromConfig(config);
          scheduler.setTimesteps(run.steps, camelCaseKeys(row.set_timesteps) as TimestepOptions);
          assertTimesteps(scheduler.timesteps, reference.numbers(run.t));
          if (run.s) assertCloseValues(scheduler.sigmas ?? [], reference.numbers(run.s), 'sigmas', 1e-5);
          const begin = row.begin ?? run.begin;
          if (begin !== undefined) scheduler.setBeginIndex(begin);
          const first = begin ?? 0;
          if (run.noised)
            assertClose(
              scheduler.addNoise(clean, noise, scheduler.timesteps[first]!),
              reference.tensor(run.noised),
              'addNoise',
              DETERMINISTIC,
            );

          const options: StepOptions = camelCaseKeys(rest);
          if (seed !== undefined) options.generator = new Generator(seed);
          let sample =
            row.begin === null
              ? noise.map((value) => value * scheduler.initNoiseSigma)
              : new Tensor(
                  clean.data.map((value, i) => 0.6 * value + 0.7 * noise.data[i]!),
                  clean.dims,
                );
          const timesteps = scheduler.timesteps.slice(first);
          const paints = scheduler instanceof RePaintScheduler;
          if (paints) Object.assign(options, { originalImage: sample.map(() => 0.25), mask: sample.map((_, i) => i % 2) });
          for (const [i, t] of timesteps.entries()) {
            if (paints && i > 0 && t > timesteps[i - 1]!) {
              sample = scheduler.undoStep(sample, timesteps[i - 1]!, options.generator!);
              continue;
            }
            const output = scheduler.scaleModelInput(sample, t).map((value) => wave(value, t));
            const step = scheduler.step(learned ? withVariance(output) : output, t, sample, options);
            sample = step.prevSample;
            if (run.x0 && i === Math.floor(timesteps.length / 2))
              assertCloseToEither(
                step.predOriginalSample,
                reference.tensor(run.x0),
                exact(run.exact?.x0),
                'clean sample predicted half-way',
                tolerance,
                run.rounding,
              );
          }
          assertCloseToEither(sample, reference.tensor(run.x), exact(run.exact?.x), 'sample at the end', tolerance, run.rounding);
        });
      }
    });
  }
});

function open() {
  const file = new ReferenceFile<{ noise: Stored; clean: Stored; cases: SamplerCase[] }>('samplers');
  return { index: file.index, tensor: (stored: Stored) => file.tensor(stored), numbers: (stored: Stored) => file.numbers(stored) };
}

/** A model that predicts its variance, too: how far it lies between the least and the most, −1…1. */
function withVariance(output: Tensor): Tensor {
  const [rows = 0, channels = 0, ...size] = output.dims;
  const halves = concatenate([output, output.map((value) => Math.sin(3 * value))]);
  return halves.reshape([rows, 2 * channels, ...size]);
}
