import type { Run } from '../../pipeline/capture/index.js';
import type { RunPayload, RunStepPayload, SchedulePayload } from '../../shared/outputs/index.js';
import type { RunReader } from './runReader.js';
import type { ScheduleMaterial } from './scheduleFigure.js';

/** The path of noise for the renderer, and what the figure is drawn from. */
export function scheduleOf({ schedule, statistics }: Run): { payload: SchedulePayload; material: ScheduleMaterial } {
  const { scheduler, timesteps, sigmas, logSnr, beginIndex, strength } = schedule;
  return {
    payload: { scheduler, timesteps: timesteps.map(short), sigmas: sigmas.map(short), logSnr: logSnr.map(short), beginIndex, strength },
    material: {
      scheduler,
      timesteps,
      sigmas,
      logSnr,
      beginIndex,
      strength,
      change: statistics.map(({ stats }) => stats.change),
      guidance: statistics.map(({ stats }) => stats.guidance),
    },
  };
}

/** The shown steps with their numbers. */
export function stepPayloads({ steps }: RunReader): RunStepPayload[] {
  return steps.map(({ step, timestep, sigma, stats }) => ({
    step,
    timestep: short(timestep),
    sigma: short(sigma),
    latents: { min: short(stats.min), max: short(stats.max), mean: short(stats.mean), std: short(stats.std) },
    change: short(stats.change),
    guidance: stats.guidance === undefined ? undefined : short(stats.guidance),
  }));
}

/** What every payload of a run says first. */
export function headOf(reader: RunReader, views: RunPayload['views'], title: string | undefined): RunPayload {
  const { run, frames } = reader;
  return {
    type: 'run',
    title,
    kind: run.kind,
    model: run.model,
    prompt: run.prompt.slice(0, LONGEST_TEXT),
    negativePrompt: run.negativePrompt?.slice(0, LONGEST_TEXT),
    seed: run.seed,
    views,
    fps: run.fps,
    width: run.width,
    height: run.height,
    shownFrames: frames.length < run.frames ? [...frames] : undefined,
    steps: stepPayloads(reader),
    stepCount: run.stepCount,
  };
}

const LONGEST_TEXT = 2000;

/** Digits that no one reads cost room. What is not finite (σ where all is noise) is null, as JSON would make it. */
function short(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : (null as unknown as number);
}
