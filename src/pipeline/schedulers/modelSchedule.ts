import { FrameloomError } from '../core/index.js';
import { chosenSettings } from './chosenSettings.js';
import { isSchedulerName, schedulerClasses, type SchedulerName } from './registry.js';
import type { RunOptions } from './runOptions.js';
import { chosenScheduler, type SchedulerChoice } from './schedulerChoice.js';
import { clippingClasses, type Substitute, substitutes, whyIrreplaceable } from './substitutes.js';

/** How a model's noise is to be run, after what its folder says. */
export interface ModelSchedule {
  /** `scheduler_config.json`, with what the class that it names would take where it leaves something open. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The class that the folder names; undefined where it names none. */
  readonly named: string | undefined;
  /** The class that runs where the caller names none. */
  readonly used: SchedulerName;
  /** Knobs of the run that the caller's own scheduler has. */
  readonly options?: Readonly<RunOptions>;
  /** A sentence where another class runs than the folder names, or where the folder says nothing. */
  readonly notice: string | undefined;
}

/** The noise schedule that Stable Diffusion 1.x and 2.x were trained on, in the spelling of `scheduler_config.json`. */
const stableDiffusion = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  timestep_spacing: 'leading',
  prediction_type: 'epsilon',
} as const;

/**
 * Reads what a model folder says of its scheduler.
 *
 * @param json its `scheduler_config.json`; undefined where there is none.
 * @param indexed the class that `model_index.json` names, for folders whose scheduler says nothing.
 * @param given the caller's own scheduler, which runs in the place of the folder's.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` where the class belongs to another path of noise, so that every
 * scheduler here would draw garbage; `FL_SCHEDULER_UNKNOWN` for a `given` name that does not exist.
 */
export function modelSchedule(
  json: Readonly<Record<string, unknown>> | undefined,
  indexed: string | undefined,
  given?: SchedulerChoice,
): ModelSchedule {
  const own = json?._class_name ?? json?.className ?? indexed;
  if (own !== undefined && typeof own !== 'string') {
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `scheduler/scheduler_config.json: _class_name is ${JSON.stringify(own)}, but it must be the name of a scheduler class, such as "DDIMScheduler".`,
    );
  }
  const named = own?.replace(/^Flax/, '');
  const { name, config, notice: replaced } = named === undefined ? withoutClass(json) : withClass(named, json);
  const unknown = unknownKeys(json ?? {});
  const passedOver =
    unknown.length === 0
      ? undefined
      : `scheduler_config.json has settings that no scheduler here knows; they are passed over: ${unknown.join(', ')}.`;
  const notice = replaced && passedOver ? `${replaced} ${passedOver}` : (replaced ?? passedOver);
  if (given === undefined) return { config, named, used: name, notice };
  const scheduler = chosenScheduler(given, config);
  return {
    config: { ...config, ...snakeCased(chosenSettings(scheduler.config)) },
    named,
    used: scheduler.className as SchedulerName,
    options: scheduler.runOptions,
    notice: json ? passedOver : notice,
  };
}

type Choice = { name: SchedulerName; config: Readonly<Record<string, unknown>>; notice: string | undefined };

function withoutClass(json: Readonly<Record<string, unknown>> | undefined): Choice {
  const said = json ? 'does not name its scheduler' : 'has no scheduler/scheduler_config.json';
  return {
    name: 'PNDMScheduler',
    config: { ...stableDiffusion, ...json },
    notice: `The model ${said}; it is run as Stable Diffusion was trained, with PNDMScheduler. If pictures are nothing but noise, it predicts something else: try scheduler: new DDIMScheduler({ predictionType: 'v_prediction' }).`,
  };
}

function withClass(named: string, json: Readonly<Record<string, unknown>> | undefined): Choice {
  const missing = json
    ? undefined
    : `The model has no scheduler/scheduler_config.json; the noise schedule of Stable Diffusion is used with the ${named} that its model_index.json names.`;
  const written: Readonly<Record<string, unknown>> = json ?? stableDiffusion;
  const config = clippingClasses.includes(named) ? written : { clip_sample: false, ...written };
  const substitute = Object.hasOwn(substitutes, named) ? substitutes[named] : undefined;
  if (!substitute && isSchedulerName(named)) return { name: named, config, notice: missing };
  if (!substitute) requireReplaceable(named, written);
  const { name, same, config: fixed, defaults }: Substitute = substitute ?? { name: 'DDIMScheduler' };
  const effect = same?.(written) ? 'with the same pictures' : 'so pictures will differ a little from those that diffusers makes';
  const notice = `The model names ${named}, which Frameloom does not have; ${name} runs in its place, ${effect}.`;
  return { name, config: { ...defaults, ...config, ...fixed }, notice: missing ? `${missing} ${notice}` : notice };
}

/** @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` for a class that cannot be replaced, with what can be done. */
function requireReplaceable(named: string, json: Readonly<Record<string, unknown>>): void {
  const reason =
    whyIrreplaceable(named) ??
    ('beta_schedule' in json || 'beta_start' in json || 'trained_betas' in json
      ? undefined
      : 'its file names no noise schedule (beta_start, beta_end, beta_schedule)');
  if (reason === undefined) return;
  throw new FrameloomError(
    'FL_MODEL_UNSUPPORTED',
    `The model's scheduler is ${named}: ${reason}. Frameloom would draw noise with it and does not run it. Such models cannot be run yet; use a Stable Diffusion 1.x or 2.x model.`,
  );
}

/** Keys that belong to diffusers' own book-keeping, or to a part of a pipeline that is no scheduler's. */
const otherKeys = ['className'];

/** Keys of a file that are a setting of none of the classes. */
function unknownKeys(json: Readonly<Record<string, unknown>>): string[] {
  const known = new Set(
    Object.values(schedulerClasses).flatMap(({ defaults }) =>
      Object.keys(defaults).flatMap((key) => [key, ...Object.keys(snakeCased({ [key]: 0 }))]),
    ),
  );
  return Object.keys(json)
    .filter((key) => !key.startsWith('_') && !known.has(key) && !otherKeys.includes(key))
    .map((key) => key.slice(0, 60))
    .slice(0, 10);
}

function snakeCased(config: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
}
