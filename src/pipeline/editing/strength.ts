import { ArgumentError, type Tensor } from '../core/index.js';
import type { DenoisePass, FrameSpan, PreparedRun } from '../diffusion/index.js';
import type { Scheduler } from '../schedulers/index.js';
import type { EditWindow } from './editingMethod.js';

/** Whether an edit starts from noise alone, as models do that are shown the source besides; others keep a trace of it at any strength. */
export function startsFromNoise({ family, schedules }: Pick<PreparedRun, 'family' | 'schedules'>, strength: number): boolean {
  return family.startsFromNoise && strength === 1 && !schedules.strength;
}

/** Where a pass of denoising begins: its scheduler stands at the entry of its latents. */
export type PassStart = Required<Pick<DenoisePass, 'scheduler' | 'beginIndex' | 'latents' | 'frames'>>;

/**
 * A window's source noised to the level at which an edit of this strength begins, and the noise; or the noise alone.
 *
 * @param alone whether nothing of the source is beneath; as {@link startsFromNoise} says, by default.
 * @throws {ArgumentError} when not a single step would be run.
 */
export function noisedStart(
  run: PreparedRun,
  strength: number,
  { source, frames }: Pick<EditWindow, 'source' | 'frames'>,
  alone = startsFromNoise(run, strength),
): PassStart & { readonly noise: Tensor } {
  const scheduler = run.newScheduler(strength);
  const beginIndex = beginOf(scheduler, strength, run.numInferenceSteps);
  const noise = run.noise.forFrames(frames.start, source.dims);
  scheduler.setBeginIndex(beginIndex);
  const latents = alone
    ? noise.map((value) => value * scheduler.initNoiseSigma)
    : scheduler.addNoise(source, noise, scheduler.timesteps[beginIndex]!);
  return { scheduler, beginIndex, latents, frames, noise };
}

/** Calls of the network that a run of this strength makes, from where {@link noisedStart} begins. @throws {ArgumentError} when not a single step would be run. */
export function stepsOf(run: PreparedRun, strength: number): number {
  const scheduler = run.newScheduler(strength);
  return scheduler.timesteps.length - beginOf(scheduler, strength, run.numInferenceSteps);
}

/**
 * At which of a schedule's steps each of some frames begins, where their strengths differ; the number of steps for one that does not. Until then a frame stands at
 * the noised source, which all frames then leave at their own time: Levin & Fried 2023, "Differential Diffusion: Giving Each Pixel Its Strength", of whole frames.
 *
 * @param rows frames that are worked on; those beyond the clip's are as its last.
 */
export function beginsOf(
  { schedules: { strength } }: Pick<PreparedRun, 'schedules'>,
  { start }: FrameSpan,
  rows: number,
  steps: number,
): number[] | undefined {
  return (
    strength && Array.from({ length: rows }, (_, row) => steps - Math.floor(steps * strength[Math.min(start + row, strength.length - 1)]!))
  );
}

/**
 * Where in its schedule a run of this strength begins; consistency models run all their steps, whatever the strength.
 *
 * @param scheduler with the timesteps of this strength set.
 * @throws {ArgumentError} when not a single step would be run.
 */
export function beginOf(scheduler: Scheduler, strength: number, numInferenceSteps: number): number {
  return scheduler.picksWithinStrength ? 0 : beginIndexFor(strength, numInferenceSteps) * scheduler.order;
}

/**
 * Where in the schedule a run of this strength begins, as diffusers' `get_timesteps` counts.
 *
 * @throws {ArgumentError} when not a single step would be run.
 */
export function beginIndexFor(strength: number, numInferenceSteps: number): number {
  const steps = Math.min(Math.floor(numInferenceSteps * strength), numInferenceSteps);
  if (steps < 1) {
    throw new ArgumentError(
      'strength',
      strength,
      `at least ${leastStrength(numInferenceSteps)} with ${numInferenceSteps} ${numInferenceSteps === 1 ? 'step' : 'steps'}, since it is the share of the steps that is run`,
    );
  }
  return numInferenceSteps - steps;
}

/** The least strength with which one step of a schedule is run, rounded up to thousandths. */
export function leastStrength(numInferenceSteps: number): number {
  return Math.ceil(1000 / numInferenceSteps) / 1000;
}
