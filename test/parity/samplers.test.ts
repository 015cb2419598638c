import { assertClose, assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { DETERMINISTIC, readyScheduler, runSampler, type SamplerSettings, STOCHASTIC } from './samplerRun.js';
import { assertCloseToEither, assertTimesteps } from './schedulerRun.js';

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

interface SamplerCase extends SamplerSettings {
  title: string;
  /** Whether noise is added that no seed of `step` fixes. */
  noisy?: boolean;
  runs: Run[];
}

describe('further schedulers: every run agrees with diffusers', () => {
  const { index, ...reference } = open();
  const noise = reference.tensor(index.noise);
  const clean = reference.tensor(index.clean);
  const exact = (stored: Stored | undefined) => (stored === undefined ? undefined : reference.tensor(stored));
  for (const row of index.cases) {
    describe(`${row.scheduler}: ${row.title}`, () => {
      for (const run of row.runs) {
        it(`${run.steps} steps`, () => {
          const tolerance = row.noisy || row.step.seed !== undefined ? STOCHASTIC : DETERMINISTIC;
          const begin = row.begin ?? run.begin;
          const scheduler = readyScheduler(row, run.steps, begin);
          assertTimesteps(scheduler.timesteps, reference.numbers(run.t));
          if (run.s) assertCloseValues(scheduler.sigmas ?? [], reference.numbers(run.s), 'sigmas', 1e-5);
          const first = begin ?? 0;
          if (run.noised) {
            const noised = scheduler.addNoise(clean, noise, scheduler.timesteps[first]!);
            assertClose(noised, reference.tensor(run.noised), 'addNoise', DETERMINISTIC);
          }
          const halfWay = Math.floor((scheduler.timesteps.length - first) / 2);
          const sample = runSampler(scheduler, row, { noise, clean }, first, (done, predOriginalSample) => {
            if (!run.x0 || done !== halfWay) return;
            const wanted = reference.tensor(run.x0);
            const what = 'clean sample predicted half-way';
            assertCloseToEither(predOriginalSample, wanted, exact(run.exact?.x0), what, tolerance, run.rounding);
          });
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
