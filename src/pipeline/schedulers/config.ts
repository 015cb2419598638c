import { type OptionCheck, ArgumentError, FrameloomError, suggestion } from '../core/index.js';
import { chosenSettings, markDefaults } from './chosenSettings.js';
import { settingChecks } from './settingChecks.js';

/** How the variance of each training step grows; names as in diffusers. */
export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'laplace' | 'sigmoid' | 'exp';
/** How inference timesteps are picked from the training ones (Lin et al. 2023, "Common Diffusion Noise Schedules…", table 2). */
export type TimestepSpacing = 'linspace' | 'leading' | 'trailing';
/** What the UNet's output means: the noise, the clean sample, or the velocity `√ᾱ·noise − √(1−ᾱ)·sample`. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction';

/** The knobs of the training noise schedule, shared by every scheduler that was built on DDPM's. */
export interface NoiseScheduleConfig {
  /** Number of training timesteps. */
  numTrainTimesteps: number;
  /** First β. */
  betaStart: number;
  /** Last β. */
  betaEnd: number;
  /** How β goes from first to last. */
  betaSchedule: BetaSchedule;
  /** Explicit βs; they replace `betaStart`, `betaEnd` and `betaSchedule`. */
  trainedBetas: readonly number[] | null;
  /** What the model predicts. */
  predictionType: PredictionType;
  /** How inference timesteps are spaced. */
  timestepSpacing: TimestepSpacing;
  /** Added to timesteps of spacing `leading`; SD 1.x uses 1. */
  stepsOffset: number;
}

/**
 * Fills in defaults for the knobs given and checks them.
 *
 * @param scheduler class name, for messages.
 * @param special checks of knobs for which this scheduler takes something else than the others.
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a knob the scheduler does not have or a value it does not take.
 */
export function completeConfig<C extends object>(
  scheduler: string,
  defaults: C,
  given: Partial<C>,
  special: Readonly<Record<string, OptionCheck>> = {},
): Readonly<C> {
  const known = Object.keys(defaults);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler} has no setting "${key}". ${suggestion(key, known, 'Its settings')}`);
    }
  }
  // Files say null for what they leave open.
  const present = Object.entries(chosenSettings(given)).filter(
    ([key, value]) => value !== undefined && (value !== null || (defaults as Record<string, unknown>)[key] === null),
  );
  const chosen = Object.fromEntries(present);
  const config: C = { ...defaults, ...chosen };
  for (const [key, value] of Object.entries(config)) {
    const wanted = (special[key] ?? settingChecks[key])?.(value, key);
    if (wanted !== undefined) throw settingError(scheduler, key, value, wanted);
  }
  requireFittingSchedule(scheduler, config);
  return Object.freeze(markDefaults(config, chosen));
}

/** Settings of the training noise schedule that are fine one by one, but not together. */
function requireFittingSchedule(
  scheduler: string,
  config: Partial<NoiseScheduleConfig> & object & { rescaleBetasZeroSnr?: boolean },
): void {
  const { numTrainTimesteps = 1, trainedBetas, stepsOffset = 0, rescaleBetasZeroSnr } = config;
  if (trainedBetas && 'betaSchedule' in config && trainedBetas.length !== numTrainTimesteps) {
    throw settingError(
      scheduler,
      'trainedBetas',
      trainedBetas,
      `a list of as many numbers as numTrainTimesteps says, which is ${numTrainTimesteps} (it has ${trainedBetas.length})`,
    );
  }
  if (stepsOffset >= numTrainTimesteps)
    throw settingError(scheduler, 'stepsOffset', stepsOffset, `less than numTrainTimesteps, which is ${numTrainTimesteps}`);
  if (rescaleBetasZeroSnr && numTrainTimesteps < 2)
    throw settingError(scheduler, 'rescaleBetasZeroSnr', true, 'false where there is one training timestep only');
}

/** A setting that cannot be used: says whose, the value given and what would be accepted. */
export function settingError(scheduler: string, key: string, value: unknown, wanted: string): FrameloomError {
  return new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler}: ${new ArgumentError(key, value, wanted).message}`);
}

/**
 * Picks the knobs that `defaults` names out of a `scheduler_config.json`, in snake_case or camelCase.
 *
 * Keys of other schedulers are ignored, so that any scheduler can be made from any model's file, and from the
 * config of any other scheduler, as in diffusers: what that one left at its defaults is not taken along.
 */
export function readConfig<C extends object>(defaults: C, given: Readonly<Record<string, unknown>>): Partial<C> {
  const json = chosenSettings(given);
  const picked: Record<string, unknown> = {};
  for (const key of Object.keys(defaults)) {
    const snake = snakeCase(key);
    const value = Object.hasOwn(json, key) ? json[key] : json[snake];
    if (value !== undefined) picked[key] = value;
  }
  return picked as Partial<C>;
}

/** A number of steps that a schedule can have. */
export function requireStepCount(steps: number, numTrainTimesteps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > numTrainTimesteps) {
    throw new ArgumentError('numInferenceSteps', steps, `a whole number from 1 to ${numTrainTimesteps}`);
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
