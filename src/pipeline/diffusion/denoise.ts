import { setImmediate } from 'node:timers/promises';
import { FrameloomError, throwIfAborted } from '../errors.js';
import type { UNet } from '../model/unet.js';
import type { NoiseSource, Scheduler } from '../schedulers/index.js';
import type { Tensor } from '../tensor.js';
import { type Guidance, guidedPrediction } from './guidance.js';
import type { DiffusionOptions, StepState } from './options.js';
import type { Stopwatch } from './stopwatch.js';

/** Everything one pass of denoising needs. */
export interface DenoiseRun {
  /** The network. */
  unet: UNet;
  /** With its timesteps set and, where the run does not start at the first, its begin index. */
  scheduler: Scheduler;
  /** Entry of `scheduler.timesteps` to start at. */
  beginIndex: number;
  /** Noise, or noised latents, at the level of the first timestep: `[frames, channels, height, width]`. */
  latents: Tensor;
  /** What to steer by. */
  guidance: Guidance;
  /** Where stochastic schedulers take noise from. */
  noise: NoiseSource;
  /** DDIM's η. */
  eta: number;
  /** Frames of the clip that the latents are. */
  frames: { start: number; end: number };
  /** What an editing method mixes into the latents after a step; `index` is that step's entry of `scheduler.timesteps`. */
  mix?: (latents: Tensor, index: number) => Tensor;
  /** Called after each step, before `callbackOnStepEnd`. */
  onStep: (state: StepState) => void;
  /** The user's own. */
  callbackOnStepEnd: DiffusionOptions['callbackOnStepEnd'];
  /** Ends the run between two steps. */
  signal: AbortSignal | undefined;
  /** Takes the time of the UNet calls. */
  stopwatch: Stopwatch;
}

/**
 * The diffusion loop: from noise to latents that fit the prompt.
 *
 * At every timestep the UNet says what is noise, guidance sharpens that towards the prompt,
 * and the scheduler takes as much of it away as its path asks for.
 *
 * @throws {AbortError} when `signal` fired, between two UNet calls.
 */
export async function denoise(run: DenoiseRun): Promise<Tensor> {
  const { scheduler, unet, guidance, signal } = run;
  const timesteps = scheduler.timesteps.slice(run.beginIndex);
  let { latents } = run;

  for (const [index, timestep] of timesteps.entries()) {
    throwIfAborted(signal, 'Denoising');
    const input = scheduler.scaleModelInput(latents, timestep);
    const prediction = await run.stopwatch.measure('unet', () => guidedPrediction(unet, input, timestep, guidance));
    const { prevSample, predOriginalSample } = scheduler.step(prediction, timestep, latents, { generator: run.noise, eta: run.eta });
    latents = run.mix ? run.mix(prevSample, run.beginIndex + index) : prevSample;

    const sigma = scheduler.sigmas?.[run.beginIndex + index];
    const state: StepState = { step: index + 1, steps: timesteps.length, timestep, sigma, latents, predOriginalSample, frames: run.frames };
    run.onStep(state);
    const changes = await run.callbackOnStepEnd?.(state);
    if (changes?.latents) latents = requireLatents(changes.latents, latents);
    if (changes?.stop) return predOriginalSample;
    // ONNX Runtime computes on this thread: let timers, messages and interrupts through between the steps.
    await setImmediate();
  }
  throwIfAborted(signal, 'Denoising');
  return latents;
}

function requireLatents(given: Tensor, expected: Tensor): Tensor {
  if (String(given.dims) === String(expected.dims)) return given;
  throw new FrameloomError('FL_CALLBACK_LATENTS', `callbackOnStepEnd returned latents of shape [${given.dims.join(', ')}], but this run's are [${expected.dims.join(', ')}].`);
}
