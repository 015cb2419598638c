import { notice, type PreparedRun } from '../diffusion/prepare.js';
import { FrameloomError } from '../errors.js';
import { DDIMScheduler, type Scheduler } from '../schedulers/index.js';

/** Whether the run can be inverted: its scheduler is DDIM, or the model's own, in whose place DDIM may run. */
export function canInvert(run: PreparedRun): boolean {
  return run.options.scheduler === undefined || run.newScheduler().className === 'DDIMScheduler';
}

/**
 * The run with a scheduler that can be run backwards, which DiffEdit needs.
 *
 * Where nobody named a scheduler and the model's own is another, DDIM runs on the model's noise schedule, as in diffusers'
 * `StableDiffusionDiffEditPipeline`, which takes no other.
 * @throws {FrameloomError} `FL_SCHEDULER_METHOD` where the caller named one that cannot.
 */
export function invertibleRun(run: PreparedRun): PreparedRun {
  const own = run.newScheduler();
  if (isInvertible(own)) return run;
  if (run.options.scheduler !== undefined) {
    throw new FrameloomError('FL_SCHEDULER_METHOD', `The editing method diffedit inverts the source and needs DDIMScheduler with timestepSpacing leading or trailing, but the scheduler is ${own.className}. Leave the scheduler out, or use the method sdedit.`);
  }
  notice(run.options, `DiffEdit inverts the source, which ${own.className}${own instanceof DDIMScheduler ? ' with its linspace timesteps' : ''} cannot; this edit runs with DDIMScheduler on the model's noise schedule.`);
  const { schedulerConfig } = run.model;
  const spacing = schedulerConfig.timestep_spacing === 'trailing' ? 'trailing' : 'leading';
  const newScheduler = () => {
    const scheduler = DDIMScheduler.fromConfig({ ...schedulerConfig, timestep_spacing: spacing });
    scheduler.setTimesteps(run.numInferenceSteps);
    return scheduler;
  };
  return { ...run, newScheduler };
}

function isInvertible(scheduler: Scheduler): boolean {
  return scheduler instanceof DDIMScheduler && scheduler.config.timestepSpacing !== 'linspace';
}
