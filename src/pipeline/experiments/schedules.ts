import { ArgumentError, checkOptions, wholeNumber } from '../core/index.js';
import { chosenScheduler, type SchedulerChoice } from '../schedulers/index.js';
import { schedulerLabel } from './axes.js';

/** The path of noise of a scheduler. */
export interface SchedulePath {
  /** What the scheduler is called. */
  readonly label: string;
  /** Its class. */
  readonly scheduler: string;
  /** Timesteps, noisiest first, one for each call of the UNet. */
  readonly timesteps: readonly number[];
  /** σ ⁄ α at each of them: noise on one unit of the clean sample. */
  readonly sigmas: readonly number[];
  /** Logarithm of the signal-to-noise ratio at each: −2 ln σ. */
  readonly logSnr: readonly number[];
  /** How far each step goes: the difference of the log-SNR to the next timestep; one fewer than there are timesteps, since the last step ends at no noise. */
  readonly stepSizes: readonly number[];
}

/** How schedules are laid out. */
export interface ScheduleOptions {
  /** Denoising steps of each; 20 by default. */
  steps?: number;
  /** The model whose noise schedule is followed (`model`, or `{ schedulerConfig }` as in `scheduler_config.json`); each class's own defaults without one. */
  model?: {
    /** The model's `scheduler_config.json`. */
    readonly schedulerConfig: Readonly<Record<string, unknown>>;
  };
}

/**
 * The paths of noise of several schedulers, to lay over one another.
 *
 * @throws {ArgumentError} for an empty list; {@link FrameloomError} `FL_SCHEDULER_UNKNOWN`, `FL_SCHEDULER_CONFIG` for a scheduler that cannot be.
 */
export function schedulePaths(schedulers: readonly SchedulerChoice[], options: ScheduleOptions = {}): SchedulePath[] {
  checkOptions('schedulePaths', options, {
    steps: wholeNumber(1, 1000),
    model: (value) => (typeof (value as ScheduleOptions['model'])?.schedulerConfig === 'object' ? undefined : 'a model'),
  });
  if (!Array.isArray(schedulers) || schedulers.length === 0)
    throw new ArgumentError('schedulers', schedulers, "a list of schedulers, such as ['ddim', 'DPM++ 2M Karras']");
  return (schedulers as readonly SchedulerChoice[]).map((choice) => {
    const scheduler = chosenScheduler(choice, options.model?.schedulerConfig ?? {});
    scheduler.setTimesteps(scheduler.explicitSteps ?? options.steps ?? 20);
    const sigmas = [...scheduler.noiseLevels];
    const logSnr = sigmas.map((sigma) => -2 * Math.log(sigma));
    return {
      label: schedulerLabel(choice),
      scheduler: scheduler.className,
      timesteps: [...scheduler.timesteps],
      sigmas,
      logSnr,
      stepSizes: logSnr.slice(1).map((value, index) => value - logSnr[index]!),
    };
  });
}
