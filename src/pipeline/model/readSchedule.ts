import { modelSchedule, type ModelSchedule, type Scheduler, schedulerByName } from '../schedulers/index.js';
import { type Json, readJson } from './modelFiles.js';

/** Widths of Stable Diffusion 2's text embeddings and latents, in the version of 768 pixels, which predicts velocities. */
const stableDiffusion2 = { cross_attention_dim: 1024, sample_size: 96 } as const;

/**
 * Reads which scheduler a model directory names, and settles which one runs.
 *
 * @param index its `model_index.json`, which may name the class too.
 * @param given the caller's own scheduler.
 * @throws {FrameloomError} `FL_MODEL_JSON`, `FL_SCHEDULER_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_SCHEDULER_UNKNOWN`
 */
export async function readSchedule(directory: string, index: Json, given?: Scheduler | string): Promise<ModelSchedule> {
  const json = await readJson(directory, 'scheduler/scheduler_config.json');
  const unet = (await readJson(directory, 'unet/config.json')) ?? {};
  // Entries are ["diffusers", "PNDMScheduler"]; hand-written files hold anything.
  const entry: unknown = Array.isArray(index.scheduler) ? index.scheduler[1] : undefined;
  const schedule = modelSchedule(json, typeof entry === 'string' ? entry : undefined, given);
  const velocity = !json && Object.entries(stableDiffusion2).every(([key, value]) => unet[key] === value);
  const settled = velocity && given === undefined ? { ...schedule, config: { ...schedule.config, prediction_type: 'v_prediction' } } : schedule;
  schedulerByName(settled.used, settled.config); // A broken scheduler file comes to light before the weights are read.
  return settled;
}
