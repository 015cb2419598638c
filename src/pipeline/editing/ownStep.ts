import type { Tensor } from '../core/index.js';
import type { FrameSpan, PreparedRun } from '../diffusion/index.js';
import { type NoiseSource, requireFiniteSample, type Scheduler } from '../schedulers/index.js';

/** A step of a loop that a method has of its own. */
export interface OwnStep {
  /** Stands at `entry`. */
  readonly scheduler: Scheduler;
  /** Entry of the scheduler's timesteps. */
  readonly entry: number;
  /** Which of the method's steps it is, from 1. */
  readonly step: number;
  /** Steps of the method. */
  readonly steps: number;
  /** Latents before it, `[frames, channels, height, width]`. */
  readonly latents: Tensor;
  /** Where the frames stand in the clip. */
  readonly frames: FrameSpan;
  /** Where a scheduler that adds noise takes it from. */
  readonly noise: NoiseSource;
  /** DDIM's η; the scheduler's default where it is undefined. */
  readonly eta: number | undefined;
  /** The guided prediction. @param input the latents as the network sees them. */
  predict(input: Tensor, timestep: number): Promise<Tensor>;
  /** Changes the latents after the step, before anybody is told of them. */
  after?(latents: Tensor): Tensor;
}

/**
 * One step of a method's own loop: predicted, taken by the scheduler, and told of.
 *
 * @returns the latents to go on with, and whether to end here with them.
 * @throws what {@link PreparedRun.stepDone} throws, and {@link FrameloomError} `FL_SCHEDULER_NOT_FINITE`.
 */
export async function ownStep(run: PreparedRun, it: OwnStep): Promise<{ latents: Tensor; stop: boolean }> {
  const { scheduler, entry, step, steps, latents, frames, noise, eta } = it;
  const timestep = scheduler.timesteps[entry]!;
  const guided = await it.predict(scheduler.scaleModelInput(latents, timestep), timestep);
  const { prevSample, predOriginalSample } = scheduler.step(guided, timestep, latents, { generator: noise, eta });
  requireFiniteSample(scheduler, timestep, prevSample);
  const sigma = scheduler.sigmas?.[entry];
  const state = { step, steps, timestep, sigma, latents: it.after?.(prevSample) ?? prevSample, predOriginalSample, frames };
  const next = await run.stepDone(state);
  return next.stop ? { latents: predOriginalSample, stop: true } : next;
}
