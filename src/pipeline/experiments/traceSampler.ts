import type { Tensor } from '../core/index.js';
import { ArgumentError, abortSignal, callback, checkOptions, instanceOf, type OptionChecks } from '../core/index.js';
import { diffusionChecks, oneNumber, SharedWork, type StepState } from '../diffusion/index.js';
import { checkEditVideoOptions, checkGenerateVideoOptions, LatentDiffusionModel } from '../pipelines/index.js';
import { chosenScheduler, type SchedulerChoice } from '../schedulers/index.js';
import { Video } from '../video/index.js';
import { schedulerLabel } from './axes.js';
import type { CellOptions } from './options.js';
import { rootMeanSquare, type SamplerTrace, SamplerTraces, type TracedStep } from './samplerTraces.js';

/** What is traced, and against what. */
export interface TraceOptions {
  /** Samplers, each as `scheduler` takes it; the model's own by default. */
  samplers?: readonly SchedulerChoice[];
  /** Denoising steps of each; the model's recommendation by default. */
  steps?: number;
  /** The run whose result the others should come to: 100 steps by the first sampler, where nothing else is said. */
  reference?: {
    /** How many steps it takes. */
    readonly steps?: number;
    /** By which sampler. */
    readonly scheduler?: SchedulerChoice;
  };
  /** Seed of all runs; 0 by default. */
  seed?: number;
  /** Options that all runs have. */
  options?: Omit<CellOptions, 'scheduler' | 'numInferenceSteps' | 'seed'>;
  /** Ends the work between two steps. */
  signal?: AbortSignal;
  /** Called with remarks that are no errors; printed to stderr by default. */
  onNotice?: (notice: string) => void;
}

const checks: OptionChecks<TraceOptions> = {
  samplers: (value) => (Array.isArray(value) && value.length > 0 ? undefined : "a list of samplers, such as ['ddim', 'DPM++ 2M Karras']"),
  steps: diffusionChecks.numInferenceSteps,
  reference: (reference) => {
    if (typeof reference !== 'object' || reference === null) return 'the steps of a fine run: { steps: 100 }';
    checkOptions('reference', reference as NonNullable<TraceOptions['reference']>, {
      steps: diffusionChecks.numInferenceSteps,
      scheduler: diffusionChecks.scheduler,
    });
    return undefined;
  },
  seed: diffusionChecks.seed,
  options: instanceOf(Object, 'an object with options of every run'),
  signal: abortSignal,
  onNotice: callback,
};

/** Steps of the fine reference, where nothing else is said. */
const FINE_STEPS = 100;

/**
 * Follows what samplers believe the finished latents to be, step by step: how much each step changes that, how far it is from the
 * result of a fine run, and where samplers part. All begin at the same noise. Of a clip of several windows the first is followed.
 *
 * ```ts
 * await show(await traceSampler(model, undefined, 'a big red car', { samplers: ['ddim', 'DPM++ 2M Karras'], steps: 12 }));
 * ```
 *
 * @param input the clip to edit; undefined to generate.
 * @throws {ArgumentError} and what else options cause that cannot be used, before the first run begins; what the runs throw.
 */
export async function traceSampler(
  model: LatentDiffusionModel,
  input: Video | undefined,
  prompt: string,
  options: TraceOptions = {},
): Promise<SamplerTraces> {
  if (!(model instanceof LatentDiffusionModel))
    throw new ArgumentError('model', model, 'a model: await LatentDiffusionModel.fromPretrained(…)');
  if (input !== undefined && !(input instanceof Video))
    throw new ArgumentError('input', input, 'a Video to edit, or undefined to generate');
  checkOptions('traceSampler', options, checks);
  const { samplers = [model.scheduler], steps = model.recommended.numInferenceSteps, reference = {}, seed = 0, signal, onNotice } = options;
  const fine = { scheduler: reference.scheduler ?? samplers[0]!, steps: reference.steps ?? FINE_STEPS };
  const common = { ...options.options, seed, shared: new SharedWork(), signal, ...(onNotice && { onNotice }) };
  const wanted = [{ scheduler: fine.scheduler, steps: fine.steps }, ...samplers.map((scheduler) => ({ scheduler, steps }))];
  for (const run of wanted) {
    const all = { ...common, scheduler: run.scheduler, numInferenceSteps: run.steps };
    if (input) checkEditVideoOptions(all);
    else checkGenerateVideoOptions(all);
    const scheduler = chosenScheduler(run.scheduler, model.schedulerConfig);
    const size = { ...model.sampleSize, frames: model.windowFrames };
    scheduler.setTimesteps(run.steps, { strength: oneNumber(common.strength), ...model.timestepOptions(scheduler, run.steps, size) });
  }
  const follow = async ({ scheduler, steps: count }: { scheduler: SchedulerChoice; steps: number }) => {
    const states: StepState[] = [];
    const callbackOnStepEnd = (state: StepState): void => {
      if (state.frames.start === 0)
        states.push({ ...state, latents: state.latents.clone(), predOriginalSample: state.predOriginalSample.clone() });
    };
    const all = { ...common, scheduler, numInferenceSteps: count, callbackOnStepEnd };
    const made = await (input ? model.editVideo(input, prompt, all) : model.generateVideo(prompt, all));
    await made.close();
    return states;
  };
  const end = (await follow(wanted[0]!)).at(-1)!.latents;
  const traces: SamplerTrace[] = [];
  for (const run of wanted.slice(1)) {
    const scheduler = chosenScheduler(run.scheduler, model.schedulerConfig);
    const all = await follow(run);
    const steps = scheduler.explicitSteps ?? run.steps;
    scheduler.setTimesteps(steps, {
      strength: oneNumber(common.strength),
      ...model.timestepOptions(scheduler, steps, sizeOf(model, all[0]!)),
    });
    const levelOf = scheduler.noiseLevels.slice(-all.length);
    const states = all.filter((_, call) => levelOf[call] !== levelOf[call + 1]);
    const levels = levelOf.filter((level, call) => level !== levelOf[call + 1]);
    traces.push({
      label: schedulerLabel(run.scheduler),
      scheduler: scheduler.className,
      calls: all.length,
      steps: states.map((_, index) => tracedStep(states, index, levels[index]!, end)),
      endDistance: apart(states.at(-1)!.latents, end),
      beliefs: states.map(({ predOriginalSample }) => predOriginalSample),
    });
  }
  return new SamplerTraces({ label: schedulerLabel(fine.scheduler), steps: fine.steps, scale: rootMeanSquare(end.data) }, traces);
}

/** Size of the window that a step's latents are of. */
function sizeOf({ vae }: LatentDiffusionModel, { latents }: StepState): { frames: number; width: number; height: number } {
  const [frames, , height, width] = latents.dims as [number, number, number, number];
  return { frames: vae.framesOf(frames), width: width * vae.scaleFactor, height: height * vae.scaleFactor };
}

function tracedStep(states: readonly StepState[], index: number, sigma: number, end: Tensor): TracedStep {
  const { timestep, predOriginalSample: belief } = states[index]!;
  const before = states[index - 1]?.predOriginalSample;
  return { timestep, sigma, logSnr: -2 * Math.log(sigma), change: before && apart(belief, before), distance: apart(belief, end) };
}

/** Root mean square of the difference. @throws {ArgumentError} for latents of unlike shapes. */
function apart(a: Tensor, b: Tensor): number {
  if (a.size !== b.size) throw new ArgumentError('options', a.dims, 'such that all runs have latents of one shape');
  return rootMeanSquare(a.data, b.data);
}
