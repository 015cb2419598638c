import { ArgumentError, FrameloomError, suggestion } from '../core/index.js';
import { chosenSettings } from './chosenSettings.js';
import { scheduleNames, scheduleSettings, type SigmaScheduleName } from './namedSchedules.js';
import { requireNoisePath } from './noisePath.js';
import { nearestSchedule, refuseOtherSampler } from './otherSamplers.js';
import { isSchedulerName, runKnobsOf, schedulerClass, schedulerClasses, type SchedulerName } from './registry.js';
import { type RunKnob, runOptionChecks, type RunOptions } from './runOptions.js';
import { Scheduler, type SchedulerClass } from './scheduler.js';
import { type NamedSampler, plainName, samplerNamed, type SchedulerShortName, shortNames } from './schedulerNames.js';

/** Any other text, such as `DPM++ 2M Karras`: taken as well, and written so that editors still offer the names. */
export type OtherSpelling = string & Record<never, never>;

/** A scheduler by its name, with settings and knobs of the run beside it: `{ name: 'euler', sChurn: 5, schedule: 'karras' }`. */
export interface SchedulerSpec extends RunOptions {
  /** Name of the sampler. */
  readonly name: SchedulerShortName | SchedulerName | OtherSpelling;
  /** Its schedule of σ. */
  readonly schedule?: SigmaScheduleName;
  /** A setting of its class. */
  readonly [setting: string]: unknown;
}

/** All that says which scheduler to run: one that was made, a name, a name with knobs (`euler:sChurn=5,karras`), or both as an object. */
export type SchedulerChoice = Scheduler | SchedulerSpec | SchedulerShortName | SchedulerName | OtherSpelling;

/** Every name that {@link schedulerByName} understands: short names first, then class names. */
export const schedulerNames: readonly string[] = [...Object.keys(shortNames), ...Object.keys(schedulerClasses)];

/**
 * A scheduler for a model, by whatever says which.
 *
 * @param json the model's `scheduler_config.json`; what the choice leaves open comes from it.
 * @throws {FrameloomError} `FL_SCHEDULER_UNKNOWN`, `FL_SCHEDULER_CONFIG`, `FL_ARGUMENT` for what cannot be.
 */
export function chosenScheduler(choice: SchedulerChoice, json: Readonly<Record<string, unknown>> = {}): Scheduler {
  if (choice instanceof Scheduler) {
    requireNoisePath(choice.constructor as unknown as SchedulerClass, chosenSettings(choice.config) as Record<string, unknown>, json);
    return choice.adaptedTo(json);
  }
  return typeof choice === 'string' ? schedulerByName(choice, json) : schedulerBySpec(choice, json);
}

/**
 * A scheduler by class name or any name that diffusers, A1111 or ComfyUI have for it (`ddim`, `Euler a`, `DPM++ 2M Karras`, …),
 * with knobs after a colon (`euler:sChurn=5,karras`), and a model's noise schedule.
 *
 * @param json the model's `scheduler_config.json`; the noise schedule and what the model predicts come from it.
 * @throws {FrameloomError} `FL_SCHEDULER_UNKNOWN` with the nearest names; `FL_SCHEDULER_CONFIG`, `FL_ARGUMENT` for knobs that cannot be.
 */
export function schedulerByName(name: string, json: Readonly<Record<string, unknown>> = {}): Scheduler {
  const [sampler = '', knobs] = /^([^:]*)(?::(.*))?$/s.exec(name)?.slice(1) ?? [name];
  return schedulerBySpec({ name: sampler.trim(), ...(knobs === undefined ? {} : readKnobs(sampler, knobs)) }, json);
}

/**
 * Refuses schedulers that no pipeline can run by themselves, before the work begins.
 *
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` saying why, and what to do instead.
 */
export function requireRunAlone(scheduler: Scheduler): void {
  const { notRunAlone } = scheduler.constructor as unknown as SchedulerClass;
  if (notRunAlone !== undefined)
    throw new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler.className} cannot be run by a pipeline: ${notRunAlone}`);
}

/** A scheduler as a run's record has it. */
export interface RecordedScheduler {
  /** Its class. */
  readonly name: string;
  /** Every setting. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Knobs of the run. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The scheduler of a record: nothing of the model's present file shines through. @throws {FrameloomError} for settings or knobs that cannot be. */
export function recordedScheduler({ name, config, options = {} }: RecordedScheduler): Scheduler {
  // JSON has null for ∞, which is what such knobs are at anyway.
  const run = Object.entries(options).filter(([, knob]) => knob !== null);
  return schedulerByName(name, { ...config }).withRunOptions(Object.fromEntries(run));
}

/** A scheduler by its name and knobs, each of which is a setting of the class or a knob of the run. */
function schedulerBySpec({ name, schedule, ...knobs }: SchedulerSpec, json: Readonly<Record<string, unknown>>): Scheduler {
  if (typeof name !== 'string') throw new ArgumentError('scheduler.name', name, 'the name of a scheduler');
  const sampler = namedSampler(name);
  const { defaults, fromConfig } = schedulerClass(sampler.name);
  const runKnobs = runKnobsOf(sampler.name);
  const has = (knob: string) => Object.hasOwn(defaults, knob);
  const takes = (knob: string) => has(knob) || runKnobs.includes(knob as RunKnob);
  if (schedule !== undefined && sampler.schedule !== undefined && plainName(schedule) !== plainName(sampler.schedule))
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `"${name}" follows the schedule "${sampler.schedule}", and "${schedule}" is asked for, too. Leave one out.`,
    );
  const wanted = schedule ?? sampler.schedule;
  const scheduled = wanted === undefined ? {} : settingsOf(wanted, sampler.name, takes);
  const settings: Record<string, unknown> = { ...sampler.config };
  const run: Record<string, unknown> = {};
  for (const [given, value] of Object.entries({ ...scheduled, ...knobs })) {
    const knob = camelCase(given);
    if (has(knob)) settings[knob] = value;
    else if (runKnobs.includes(knob as RunKnob)) run[knob] = value;
    else throw unknownKnob(sampler.name, given, [...Object.keys(defaults), ...runKnobs]);
  }
  for (const [knob, value] of Object.entries(run)) {
    const wrong = runOptionChecks[knob as RunKnob](value, knob);
    if (wrong !== undefined) throw new ArgumentError(`${sampler.name}'s ${knob}`, value, wrong);
  }
  requireNoisePath(schedulerClass(sampler.name), settings, json);
  return fromConfig.call(schedulerClass(sampler.name), { ...json, ...settings }).withRunOptions(run);
}

/** The sampler of a name, which may have its schedule behind it, as A1111 writes them. */
function namedSampler(name: string): NamedSampler {
  if (isSchedulerName(name)) return { name };
  const known = samplerNamed(name);
  if (known) return known;
  for (const schedule of scheduleNames) {
    const plain = plainName(name);
    const rest = plain.endsWith(plainName(schedule)) ? samplerNamed(plain.slice(0, -plainName(schedule).length)) : undefined;
    if (rest) return { ...rest, schedule };
  }
  if (isScheduleName(name))
    throw new FrameloomError(
      'FL_SCHEDULER_UNKNOWN',
      `"${name}" is a schedule, which a sampler follows: write "euler:${name}", for example.`,
    );
  refuseOtherSampler(name, scheduleNames.map(plainName));
  throw new FrameloomError('FL_SCHEDULER_UNKNOWN', `There is no scheduler "${name}". ${suggestion(name, schedulerNames, 'There are')}`);
}

function settingsOf(schedule: string, scheduler: SchedulerName, has: (knob: string) => boolean): Readonly<Record<string, unknown>> {
  const known = scheduleNames.find((name) => plainName(name) === plainName(schedule));
  const followed = scheduleNames.filter((name) => scheduleSettings(name, has));
  if (known === undefined) {
    const nearest = nearestSchedule(schedule);
    throw new FrameloomError(
      'FL_SCHEDULER_UNKNOWN',
      nearest === undefined
        ? `There is no schedule "${schedule}" for ${scheduler}. ${suggestion(schedule, followed, 'There are')}`
        : `Frameloom does not have the schedule "${schedule}". The nearest that it has: "${nearest}".`,
    );
  }
  const settings = scheduleSettings(known, has);
  if (!settings)
    throw new FrameloomError(
      'FL_SCHEDULER_CONFIG',
      `${scheduler} cannot follow the schedule "${known}". Those it can: ${followed.join(', ') || 'none but its own'}.`,
    );
  return settings;
}

function isScheduleName(text: string): boolean {
  return scheduleNames.some((name) => plainName(name) === plainName(text));
}

/** `sChurn=5,karras,timesteps=[999,500]`: knobs with their values, schedules and flags by their names alone. */
function readKnobs(sampler: string, text: string): Record<string, unknown> {
  const knobs: Record<string, unknown> = {};
  for (const part of text.match(/(?:\[[^\]]*\]|[^,[\]])+/g) ?? []) {
    const [key = '', value] = part.split(/=(.*)/s).map((side) => side.trim());
    if (key === '') throw new ArgumentError('scheduler', `${sampler}:${text}`, 'a name with knobs, such as "euler:sChurn=5,karras"');
    const isSchedule = value === undefined && isScheduleName(key);
    const knob = isSchedule ? 'schedule' : camelCase(key);
    if (Object.hasOwn(knobs, knob)) throw new ArgumentError('scheduler', `${sampler}:${text}`, `each knob once, but it says ${knob} twice`);
    knobs[knob] = isSchedule ? key : value === undefined ? true : readValue(value);
  }
  return knobs;
}

function readValue(text: string): unknown {
  if (/^\[.*\]$/s.test(text))
    return text
      .slice(1, -1)
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry) => readValue(entry.trim()));
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  const number = Number(text);
  return text !== '' && !Number.isNaN(number) ? number : text;
}

function unknownKnob(scheduler: string, knob: string, known: readonly string[]): FrameloomError {
  return new FrameloomError('FL_SCHEDULER_CONFIG', `${scheduler} has no knob "${knob}". ${suggestion(knob, known, 'Its knobs')}`);
}

/** `s_churn` as `sChurn`. */
function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
