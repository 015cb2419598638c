import { setImmediate } from 'node:timers/promises';
import { FrameloomError, throwIfAborted, type Tensor } from '../core/index.js';
import { requireFiniteSample, type NoiseSource, type Scheduler } from '../schedulers/index.js';
import type { AttentionTap } from '../onnx/index.js';
import type { ConditionedFrames } from './conditionedFrames.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import { type GuidedPrediction, type Guidance, guidedPrediction } from './guidance.js';
import type { GuidanceStep } from './families/index.js';
import { checkStepChanges } from './optionChecks.js';
import { type KeptRegion, withKept } from './keptRegion.js';
import type { DiffusionOptions, FrameSpan, StepState } from './options.js';
import type { SourceBranch } from './sourceBranch.js';
import type { Stopwatch } from './stopwatch.js';

/** A step as an observer sees it: beside what callbacks see, all that it was made from. */
export interface ObservedStep extends StepState {
  /** Latents before the step. */
  before: Tensor;
  /** What the UNet said. */
  prediction: GuidedPrediction;
}

/** Follows a pass of denoising without changing it. */
export interface DenoiseObserver {
  /** Before the first step. */
  begin(run: DenoiseRun): Promise<void>;
  /** Attention to take along at a step (from 1), if any. */
  tapAt(step: number, steps: number): AttentionTap | undefined;
  /** After each step; `latents` are those that the run goes on with. */
  stepDone(step: ObservedStep): Promise<void>;
}

/** Everything one pass of denoising needs. */
export interface DenoiseRun {
  /** The network. */
  unet: DenoisingNetwork;
  /** With its timesteps set and, where the run does not start at the first, its begin index. */
  scheduler: Scheduler;
  /** Entry of `scheduler.timesteps` to start at. */
  beginIndex: number;
  /** Entry of `scheduler.timesteps` to stop before; the end by default. */
  endIndex?: number;
  /** Steps done before, for a run that goes on from the middle; they count in `step` and `steps`. */
  doneSteps?: number;
  /** Noise, or noised latents, at the level of the first timestep: `[frames, channels, height, width]`. */
  latents: Tensor;
  /** What to steer by, asked before every step; guidance may change on the way. */
  guidanceAt: (step: GuidanceStep) => Guidance;
  /** Where stochastic schedulers take noise from. */
  noise: NoiseSource;
  /** DDIM's η; the scheduler's default where it is undefined. */
  eta: number | undefined;
  /** Frames of the clip that the latents are. */
  frames: FrameSpan;
  /** Of the latents, those that stand before the clip's. */
  leadingFrames?: number | undefined;
  /** Frames that are given, which wait until the others have come as far. */
  conditioned?: ConditionedFrames | undefined;
  /**
   * Changes the latents after a step, before what is kept is put back.
   *
   * @param latents after the step. @param predOriginalSample the clean latents as predicted at it. @param index its entry of `scheduler.timesteps`.
   */
  refine?: (latents: Tensor, predOriginalSample: Tensor, index: number) => Tensor;
  /** What an editing method keeps of the source. */
  keep?: KeptRegion;
  /** A source that is denoised beside the run and lends it what its network computes. */
  beside?: SourceBranch;
  /** Captures the run. */
  observer?: DenoiseObserver;
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
 * @throws {FrameloomError} where values stop being finite, naming the stage that made them so: `FL_MODEL_NOT_FINITE`,
 * `FL_GUIDANCE_NOT_FINITE`, `FL_SCHEDULER_NOT_FINITE`, `FL_CALLBACK_LATENTS`.
 */
export async function denoise(run: DenoiseRun): Promise<Tensor> {
  const { scheduler, unet, guidanceAt, keep, beside, conditioned, observer, signal, doneSteps = 0 } = run;
  const timesteps = scheduler.timesteps.slice(run.beginIndex, run.endIndex);
  const steps = doneSteps + scheduler.timesteps.length - run.beginIndex;
  let { latents } = run;
  if (timesteps.length > 0) requireFiniteSample(scheduler, timesteps[0]!, latents);
  await observer?.begin(run);

  for (const [i, timestep] of timesteps.entries()) {
    throwIfAborted(signal, 'Denoising');
    const before = conditioned?.before(latents, timestep) ?? latents;
    const index = run.beginIndex + i;
    const step = doneSteps + i + 1;
    const input = scheduler.scaleModelInput(before, timestep);
    const place = { index: step - 1, steps, entry: index, timestep };
    const told = guidanceAt(place);
    const guidance = beside ? await beside.before(place, told) : told;
    const prediction = await run.stopwatch.measure('unet', () =>
      guidedPrediction(unet, input, timestep, guidance, observer?.tapAt(step, steps)),
    );
    const stepped = scheduler.step(prediction.guided, timestep, before, { generator: run.noise, eta: run.eta });
    const waited = (after: Tensor) => conditioned?.after(before, after, timestep) ?? after;
    const [prevSample, predOriginalSample] = [waited(stepped.prevSample), waited(stepped.predOriginalSample)];
    requireFiniteSample(scheduler, timestep, prevSample);
    const refined = run.refine?.(prevSample, predOriginalSample, index) ?? prevSample;
    const beyond = beside ? beside.after(place, refined) : refined;
    latents = keep ? withKept(keep, beyond, index) : beyond;

    const { frames, leadingFrames } = run;
    const sigma = scheduler.sigmas?.[index];
    const state: StepState = { step, steps, timestep, sigma, latents, predOriginalSample, frames, ...(leadingFrames && { leadingFrames }) };
    const asked = await tellStep(run, state);
    latents = asked.latents;
    await observer?.stepDone({ ...state, before, latents, prediction });
    if (asked.stop) return predOriginalSample;
    // ONNX Runtime computes on this thread: let timers, messages and interrupts through between the steps.
    await setImmediate();
  }
  throwIfAborted(signal, 'Denoising');
  return latents;
}

/**
 * Tells of a step that is done, and asks what to do next.
 *
 * @returns the latents to go on with, and whether to end here.
 * @throws {FrameloomError} `FL_CALLBACK_LATENTS`, {@link ArgumentError} for what a callback cannot ask for.
 */
export async function tellStep(
  { onStep, callbackOnStepEnd }: Pick<DenoiseRun, 'onStep' | 'callbackOnStepEnd'>,
  state: StepState,
): Promise<{ latents: Tensor; stop: boolean }> {
  onStep(state);
  const changes = await callbackOnStepEnd?.(state);
  if (typeof changes === 'object') checkStepChanges(changes);
  return { latents: changes?.latents ? requireLatents(changes.latents, state.latents) : state.latents, stop: changes?.stop === true };
}

function requireLatents(given: Tensor, expected: Tensor): Tensor {
  if (String(given.dims) !== String(expected.dims)) {
    throw new FrameloomError(
      'FL_CALLBACK_LATENTS',
      `callbackOnStepEnd returned latents of shape [${given.dims.join(', ')}], but this run's are [${expected.dims.join(', ')}].`,
    );
  }
  const count = given.countNotFinite();
  if (count > 0)
    throw new FrameloomError(
      'FL_CALLBACK_LATENTS',
      `callbackOnStepEnd returned latents of which ${count} of ${given.size} values are NaN or infinite. Return finite ones, or none.`,
    );
  return given;
}
