import { ArgumentError, FrameloomError } from '../errors.js';
import { suggestion } from '../nearestNames.js';

/** How the variance of each training step grows; names as in diffusers. */
export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
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

/** The values each enumerated knob may take; a knob that is not listed may hold anything. */
export type AllowedValues = Readonly<Record<string, readonly unknown[]>>;

const common: AllowedValues = {
  betaSchedule: ['linear', 'scaled_linear', 'squaredcos_cap_v2'],
  timestepSpacing: ['linspace', 'leading', 'trailing'],
  predictionType: ['epsilon', 'sample', 'v_prediction'],
};

/**
 * Fills in defaults for the knobs given and checks them.
 *
 * @param scheduler class name, for messages.
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for a knob the scheduler does not have or a value it does not take.
 */
export function completeConfig<C extends object>(scheduler: string, defaults: C, given: Partial<C>, allowed: AllowedValues = {}): Readonly<C> {
  const known = Object.keys(defaults);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler} has no setting "${key}". ${suggestion(key, known, 'Its settings')}`);
    }
  }
  // Files say null for what they leave open.
  const present = Object.entries(given).filter(([key, value]) => value !== undefined && (value !== null || (defaults as Record<string, unknown>)[key] === null));
  const config = { ...defaults, ...Object.fromEntries(present) } as C;
  for (const [key, value] of Object.entries(config)) requireKind(scheduler, key, value, (defaults as Record<string, unknown>)[key]);
  for (const [key, values] of Object.entries({ ...common, ...allowed })) {
    const value = (config as Record<string, unknown>)[key];
    if (key in defaults && !values.includes(value)) {
      throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler}: ${key} is ${JSON.stringify(value)}, but it must be one of ${values.join(', ')}.`);
    }
  }
  return Object.freeze(config);
}

/** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` where a knob holds no number or no boolean, as its default does. */
function requireKind(scheduler: string, key: string, value: unknown, usual: unknown): void {
  const least = key === 'numTrainTimesteps' ? 1 : -Infinity;
  const wrong =
    typeof usual === 'number' ? (typeof value !== 'number' || Number.isNaN(value) || value < least) && 'a number'
    : typeof usual === 'boolean' ? typeof value !== 'boolean' && 'true or false'
    : key === 'trainedBetas' && value !== null && !(Array.isArray(value) && value.length > 0 && value.every((beta) => typeof beta === 'number')) && 'a list of numbers';
  if (wrong) throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler}: ${key} is ${JSON.stringify(value)}, but it must be ${wrong}.`);
}

/**
 * Picks the knobs that `defaults` names out of a `scheduler_config.json`, in snake_case or camelCase.
 *
 * Keys of other schedulers are ignored, so that any scheduler can be made from any model's file, as in diffusers.
 */
export function readConfig<C extends object>(defaults: C, json: Readonly<Record<string, unknown>>): Partial<C> {
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

/** Refuses a schedule that begins above the training timesteps, as spacing `leading` with an offset does in very long runs. */
export function requireTrainedTimesteps(timesteps: readonly number[], steps: number, numTrainTimesteps: number): void {
  if (timesteps.some((timestep) => timestep >= numTrainTimesteps)) {
    throw new ArgumentError('numInferenceSteps', steps, `fewer, since stepsOffset moves the first timestep to ${Math.max(...timesteps)} and the last one that was trained is ${numTrainTimesteps - 1}`);
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
