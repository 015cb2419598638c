import { DDIMScheduler, isSchedulerName, type Scheduler, schedulerByName } from '../schedulers/index.js';
import { modelErrors } from './errors.js';
import type { Json } from './modelFiles.js';

/** The noise schedule of Stable Diffusion 1.x and 2.x, for folders that say nothing of theirs. */
const stableDiffusionSchedule: Json = {
  _class_name: 'DDIMScheduler', num_train_timesteps: 1000, beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear',
  clip_sample: false, set_alpha_to_one: false, steps_offset: 1,
};

/** Schedulers of diffusers that DDIM can stand in for: they sample from the same noise schedule, on another path. */
const replaceable: readonly string[] = [
  'DDIMParallelScheduler', 'DDPMScheduler', 'DDPMParallelScheduler', 'LMSDiscreteScheduler', 'HeunDiscreteScheduler', 'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler', 'DPMSolverSinglestepScheduler', 'DPMSolverSDEScheduler', 'DEISMultistepScheduler', 'UniPCMultistepScheduler', 'SASolverScheduler',
];

/** How a model's `scheduler_config.json` is taken. */
export interface ModelSchedule {
  /** The settings that its scheduler, and any other one put in its place, is made from. */
  config: Json;
  /** One sentence where something else runs than the folder says; undefined where it runs as it is. */
  notice: string | undefined;
}

/**
 * How the scheduler of a model folder is taken: as it is, or by DDIM on its noise schedule where Frameloom does not have it yet.
 *
 * Samples are clipped only where the file says so: of the schedulers that DDIM stands in for, most know no clipping, and
 * clipping latents to [−1, 1] ruins them.
 * @param config `scheduler_config.json`; undefined where the folder has none.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` for a scheduler of another kind of noise schedule (flow matching, EDM, TCD …).
 */
export function modelSchedule(config: Json | undefined): ModelSchedule {
  if (config === undefined) {
    return { config: stableDiffusionSchedule, notice: 'The model has no scheduler/scheduler_config.json; it runs with DDIMScheduler on the noise schedule of Stable Diffusion.' };
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw modelErrors.unsupported('scheduler/scheduler_config.json holds no object of settings. Download or export the model again.');
  const name = String(config._class_name ?? '');
  const flows = config.use_flow_sigmas === true || config.prediction_type === 'flow_prediction';
  if (flows || (name !== '' && !isSchedulerName(name) && !replaceable.includes(name))) {
    throw modelErrors.unsupported(`scheduler/scheduler_config.json names ${name || 'a scheduler'}${flows ? ' with flow matching' : ''}, which Frameloom does not have, and no other can stand in for it: it samples from another kind of noise schedule. Such models cannot be run yet.`);
  }
  if (isSchedulerName(name)) return { config, notice: undefined };
  const stated = { clip_sample: false, ...config };
  return name === '' ? { config: stated, notice: undefined } : { config: stated, notice: `The model's scheduler is ${name}, which Frameloom does not have yet; DDIMScheduler stands in for it, on the same noise schedule. Pictures will differ a little from those of other programs.` };
}

/** The scheduler that a model runs with, with no run begun. */
export function modelScheduler(config: Json): Scheduler {
  const name = String(config._class_name ?? '');
  return isSchedulerName(name) ? schedulerByName(name, config) : DDIMScheduler.fromConfig(config);
}
