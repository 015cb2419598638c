import { FrameloomError } from '../core/index.js';
import { modelSchedule, type ModelSchedule, schedulerByName, type SchedulerChoice } from '../schedulers/index.js';
import type { ModelContents } from './modelContents.js';
import type { Json } from './modelFiles.js';

/** Widths of Stable Diffusion 2's text embeddings and latents, in the version of 768 pixels, which predicts velocities. */
const stableDiffusion2 = { cross_attention_dim: 1024, sample_size: 96 } as const;

/**
 * Reads which scheduler a model names, and settles which one runs.
 *
 * @param given the caller's own scheduler.
 * @throws {FrameloomError} `FL_MODEL_JSON`, `FL_SCHEDULER_CONFIG`, `FL_MODEL_UNSUPPORTED`, `FL_SCHEDULER_UNKNOWN`
 */
export async function readSchedule(contents: ModelContents, given?: SchedulerChoice): Promise<ModelSchedule> {
  const json = await contents.scheduler();
  requireBounds(json ?? {});
  const unet = await contents.config('unet');
  const { index } = contents;
  // Entries are ["diffusers", "PNDMScheduler"]; hand-written files hold anything.
  const entry: unknown = Array.isArray(index.scheduler) ? index.scheduler[1] : undefined;
  const { consistency, distilled } = contents.loras;
  const isSetByLora = given === undefined && consistency !== undefined;
  const schedule = modelSchedule(json, typeof entry === 'string' ? entry : undefined, isSetByLora ? 'LCMScheduler' : given);
  const velocity = !json && Object.entries(stableDiffusion2).every(([key, value]) => unet[key] === value);
  const settled =
    velocity && given === undefined ? { ...schedule, config: { ...schedule.config, prediction_type: 'v_prediction' } } : schedule;
  const set = isSetByLora
    ? `${consistency.name} is an LCM-LoRA: LCMScheduler runs in the place of the model's own, in 4 steps without guidance, unless you say otherwise.`
    : distilled &&
      `${distilled.name} is distilled (${distilled.distillation!.title}): ${distilled.distillation!.steps} steps without guidance, unless you say otherwise.`;
  const notice = [contents.notice, settled.notice, set].filter((sentence) => sentence !== undefined).join(' ');
  schedulerByName(settled.used, settled.config); // A broken scheduler file comes to light before the weights are read.
  return { ...settled, notice: notice === '' ? undefined : notice };
}

/** A hundred times what any model was trained on. A schedule is made entry by entry, so a number in a file decides how long that takes. */
const MOST_STEPS = 100_000;

/** Steps and orders, in either spelling: `num_train_timesteps`, `originalInferenceSteps`, `solver_order`. */
const counting = /steps$|offset$|order$/i;

/** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a file whose numbers and lists are larger than a schedule can be. */
function requireBounds(json: Json): void {
  const fail = (name: string, found: string, wanted: string) =>
    new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `scheduler/scheduler_config.json: ${name.slice(0, 60)} is ${found}, but it must be ${wanted}.`,
    );
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === 'number' && counting.test(name) && Math.abs(value) > MOST_STEPS)
      throw fail(name, String(value), `a number up to ${MOST_STEPS}`);
    if (typeof value === 'string' && value.length > 1000) throw fail(name, `a text of ${value.length} characters`, 'a word');
    if (typeof value === 'object' && value !== null && Object.keys(value).length > MOST_STEPS)
      throw fail(name, `a list of ${Object.keys(value).length}`, `a list of up to ${MOST_STEPS} numbers`);
  }
}
