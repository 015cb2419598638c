import { FrameloomError } from '../core/index.js';

/** Errors of editing. */
export const editingErrors = {
  /** A method that runs the source backwards, with a scheduler that cannot. */
  notInvertible: (method: string, scheduler: string) =>
    new FrameloomError(
      'FL_SCHEDULER_METHOD',
      `The editing method ${method} inverts the source and needs DDIMScheduler, but the scheduler is ${scheduler}. Leave the scheduler out, use the method sdedit, or start from the noised source where the method has that (noised: true).`,
    ),
  /** A method that has noise drawn again, with a scheduler that draws none. */
  addsNoNoise: (method: string, scheduler: string) =>
    new FrameloomError(
      'FL_SCHEDULER_METHOD',
      `The editing method ${method} has the scheduler draw the source's noise again, but ${scheduler} does not add noise, given as one tensor, at every step. Leave the scheduler out, or take "ddim", "ddpm", "euler_a" or "dpmpp_2m_sde".`,
    ),
  /** A method of the caller's own that gives something else than it must. */
  methodResult: (method: string, what: string) =>
    new FrameloomError(
      'FL_METHOD_RESULT',
      `The editing method "${method}": ${what}. See EditingMethod in the API pages, and examples/own-method.ts.`,
    ),
  /** Advice of a model's folder that this version cannot follow. */
  advice: (model: string, what: string) =>
    new FrameloomError(
      'FL_MODEL_FILE',
      `editing.json of ${model}: ${what}. Take the file from the model's source again, or a newer Frameloom.`,
    ),
};
