import { concatenate, Generator, type Tensor } from '../../src/pipeline/core/index.js';
import {
  RePaintScheduler,
  type Scheduler,
  schedulerClasses,
  type SchedulerName,
  type StepOptions,
  type TimestepOptions,
} from '../../src/pipeline/schedulers/index.js';
import { wave } from './schedulerRun.js';
import { camelCaseKeys } from './snakeCase.js';

/** Settings of a run over the smooth stand-in for a model, as `generate/` wrote them: in diffusers' words. */
export interface SamplerSettings {
  scheduler: SchedulerName;
  /** Of the constructor; `learned`: the model predicts its variance, too. */
  config: Record<string, unknown> & { learned?: boolean };
  /** Of `setTimesteps`. */
  set_timesteps: Record<string, unknown>;
  /** Of every `step`; `seed`: of the generator. */
  step: Record<string, unknown> & { seed?: number };
  /** The timestep that the run begins at, counted from 0; null from noise. */
  begin: number | null;
}

/** What runs start from. */
export interface SamplerStart {
  noise: Tensor;
  clean: Tensor;
}

/** What is promised, relative to the root mean square: without noise, and with it. */
export const [DETERMINISTIC, STOCHASTIC] = [1e-5, 1e-4];

/** The scheduler of a run, ready for its first step. @param begin what `setBeginIndex` is called with, if at all. */
export function readyScheduler({ scheduler: name, config, set_timesteps }: SamplerSettings, steps: number, begin?: number): Scheduler {
  const { learned: _, ...settings } = config;
  const scheduler: Scheduler = schedulerClasses[name].fromConfig(settings);
  scheduler.setTimesteps(steps, camelCaseKeys(set_timesteps) as TimestepOptions);
  if (begin !== undefined) scheduler.setBeginIndex(begin);
  return scheduler;
}

/**
 * The sample at the end of a run.
 *
 * @param first the first of the timesteps that is run.
 * @param onStep told of each step how many of the run's are done before it, and the clean sample that it predicts.
 */
export function runSampler(
  scheduler: Scheduler,
  { config: { learned = false }, step: { seed, ...rest }, begin }: SamplerSettings,
  { noise, clean }: SamplerStart,
  first: number,
  onStep: (done: number, predOriginalSample: Tensor) => void = () => undefined,
): Tensor {
  const options: StepOptions = camelCaseKeys(rest);
  if (seed !== undefined) options.generator = new Generator(seed);
  let sample = begin === null ? noise.map((value) => value * scheduler.initNoiseSigma) : half(clean, noise);
  const timesteps = scheduler.timesteps.slice(first);
  const paints = scheduler instanceof RePaintScheduler;
  if (paints) Object.assign(options, { originalImage: sample.map(() => 0.25), mask: sample.map((_, i) => i % 2) });
  for (const [i, t] of timesteps.entries()) {
    if (paints && i > 0 && t > timesteps[i - 1]!) {
      sample = scheduler.undoStep(sample, timesteps[i - 1]!, options.generator!);
      continue;
    }
    const output = scheduler.scaleModelInput(sample, t).map((value) => wave(value, t));
    const { prevSample, predOriginalSample } = scheduler.step(learned ? withVariance(output) : output, t, sample, options);
    sample = prevSample;
    onStep(i, predOriginalSample);
  }
  return sample;
}

/** What a run that begins later sets out from. */
function half(clean: Tensor, noise: Tensor): Tensor {
  return clean.map((value, i) => 0.6 * value + 0.7 * noise.data[i]!);
}

/** A model that predicts its variance, too: how far it lies between the least and the most, −1…1. */
function withVariance(output: Tensor): Tensor {
  const [rows = 0, channels = 0, ...size] = output.dims;
  const halves = concatenate([output, output.map((value) => Math.sin(3 * value))]);
  return halves.reshape([rows, 2 * channels, ...size]);
}
