import { contextOptions, type DiffusionOptions, guidanceScheduleOptions, steeringOptions } from '../diffusion/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import { FrameloomError } from '../core/index.js';
import { type Mask, readMask } from '../masks/index.js';
import { isSchedulerName, recordedScheduler, type Scheduler } from '../schedulers/index.js';
import { asProvenance, type Provenance } from '../video/index.js';
import { recordedOptions, recordedSeed } from './optionChecks.js';

/** A run as its record tells it, checked. */
export interface RecordedRun {
  /** Options of `editVideo` or `generateVideo`, complete: nothing of the model's present file shines through. */
  readonly options: DiffusionOptions & { readonly scheduler: Scheduler };
  /** Where the edit might act, as far as a record holds it: without clips. */
  readonly mask: Mask | undefined;
  /** Where a branch of a run left its parent. */
  readonly branchedFrom: { readonly step: number; readonly ownLatents: boolean; readonly provenance: Provenance } | undefined;
}

/** Above what any model was trained in. Bounds what a file can make us allocate. */
const MOST_TRAINING_STEPS = 100_000;

/**
 * Reads the settings of a record. It comes out of a file that anyone may have made, so all that is used is checked, and what belongs
 * to the caller (callbacks, capture, signals) is not taken from it.
 *
 * @throws {FrameloomError} `FL_RERUN_RECORD` naming the setting.
 */
export function readSettings(record: Provenance): RecordedRun {
  const { kind, settings } = record;
  return reading(() => {
    const options = {
      numInferenceSteps: settings.numInferenceSteps,
      ...recordedOptions(kind, withoutIdleContext(settings)),
      ...recordedSeed(record),
      scheduler: schedulerOf(settings.scheduler),
    };
    if (options.numInferenceSteps === undefined) throw damaged('settings.numInferenceSteps is missing');
    return { options: options as RecordedRun['options'], mask: maskOf(settings), branchedFrom: branchOf(settings.branchedFrom) };
  });
}

/** Settings without what is said of a context that there was not: earlier versions took it, made nothing of it, and recorded it. */
function withoutIdleContext(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (settings.contextSchedule !== undefined) return settings;
  const names: readonly string[] = contextOptions;
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}

/** Settings that still count when a run goes on from one of its steps. */
const continued = [
  'numInferenceSteps',
  'guidanceScale',
  'guidanceRescale',
  'imageGuidanceScale',
  'eta',
  'sharedNoise',
  'loraWeights',
  'fit',
  'conditioningScale',
  'decodeTimestep',
  'decodeNoiseScale',
  'controlEdges',
  'controlnetConditioningScale',
  'controlGuidanceStart',
  'controlGuidanceEnd',
  'promptTravel',
  'firstBlockCacheThreshold',
  ...contextOptions,
  ...guidanceScheduleOptions,
  ...steeringOptions,
] as const;

/**
 * Reads what a captured run goes on with, whatever method made it: checked like {@link readSettings}, for anyone may have made its file.
 *
 * @throws {FrameloomError} `FL_RERUN_RECORD` naming the setting.
 */
export function continuedSettings(
  record: Provenance,
): DiffusionOptions & Pick<EditVideoOptions, 'fit'> & { readonly scheduler: Scheduler } {
  const { kind, settings } = record;
  return reading(() => ({
    ...recordedOptions(kind, withoutIdleContext(Object.fromEntries(continued.map((name) => [name, settings[name]])))),
    ...recordedSeed(record),
    scheduler: schedulerOf(settings.scheduler),
    mask: maskOf(settings),
  }));
}

/** What a setting was refused for becomes the record's fault. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof FrameloomError) || cause.code === 'FL_RERUN_RECORD') throw cause;
    throw damaged(cause.message.replace(/\.$/, ''), cause);
  }
}

/** The mask of a record's settings; undefined where there was none, or one with clips, which no record holds. @throws {ArgumentError} for what no mask could be. */
export function maskOf({ mask, shownClips }: Provenance['settings']): Mask | undefined {
  const holdsClips = Array.isArray(shownClips) && shownClips.includes('mask');
  return mask === undefined || holdsClips ? undefined : readMask(mask);
}

/**
 * Looks whether a record's settings, and those of the runs that it was branched from, can be run at all: to be asked before a model
 * is loaded.
 *
 * @throws {FrameloomError} `FL_RERUN_RECORD` naming the setting.
 */
export function checkSettings(record: Provenance): void {
  const { branchedFrom } = readSettings(record);
  if (branchedFrom) checkSettings(branchedFrom.provenance);
}

function schedulerOf(value: unknown): Scheduler {
  const { name, config, options = {} } = fields(value, 'settings.scheduler');
  if (typeof name !== 'string' || !isSchedulerName(name))
    throw damaged(`settings.scheduler.name is ${shortened(name)}, which is no scheduler`);
  const knobs = fields(config, 'settings.scheduler.config');
  for (const knob of ['numTrainTimesteps', 'originalInferenceSteps']) {
    if (knobs[knob] !== undefined) whole(knobs[knob], `settings.scheduler.config.${knob}`, 1, MOST_TRAINING_STEPS);
  }
  return recordedScheduler({ name, config: knobs, options: fields(options, 'settings.scheduler.options') });
}

function branchOf(value: unknown): RecordedRun['branchedFrom'] {
  if (value === undefined) return undefined;
  const { step, ownLatents = false, provenance } = fields(value, 'settings.branchedFrom');
  const parent = asProvenance(provenance);
  if (!parent) throw damaged('settings.branchedFrom.provenance is no record');
  if (typeof ownLatents !== 'boolean') throw damaged('settings.branchedFrom.ownLatents is neither true nor false');
  return { step: whole(step, 'settings.branchedFrom.step', 0, 1000), ownLatents, provenance: parent };
}

function fields(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(`${name} is ${shortened(value)}, but it must be an object`);
  return value as Record<string, unknown>;
}

function whole(value: unknown, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw damaged(`${name} is ${shortened(value)}, but it must be a whole number from ${min} to ${max}`);
  return value as number;
}

function shortened(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 80);
}

function damaged(what: string, cause?: unknown): FrameloomError {
  return new FrameloomError(
    'FL_RERUN_RECORD',
    `The record of how this video was made cannot be used: ${what}. It was changed or made by another program; make the video again with settings of your own.`,
    { cause },
  );
}
