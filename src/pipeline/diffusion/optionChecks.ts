import { capturePlan, type CaptureOptions } from '../capture/options.js';
import type { ResumeOptions } from '../capture/runPoint.js';
import { abortSignal, anything, callback, checkOptions, flag, instanceOf, number, oneOf, type OptionCheck, type OptionChecks, text, wholeNumber } from '../checkOptions.js';
import { chosenScheduler, Scheduler, type SchedulerSpec } from '../schedulers/index.js';
import { Tensor } from '../tensor.js';
import type { DiffusionOptions, EditVideoOptions, GenerateVideoOptions, StepChanges, StepState } from './options.js';
import { Stopwatch } from './stopwatch.js';

/*
 * What every option of a run may be, as far as that can be told without a model: looked at before a model is loaded or a
 * frame is read. Sizes on the model's grid, and what only some schedulers can do, are checked once there is a model.
 */

/** A side in pixels; the model says which multiples it takes. */
const side = wholeNumber(1, 32768);

/** A scheduler, the name of one that there is, or a name with knobs that it has. */
export const schedulerCheck: OptionCheck = (value) => {
  const said = typeof value === 'string' || (typeof value === 'object' && value !== null && 'name' in value);
  if (!said && !(value instanceof Scheduler)) return 'a scheduler, the name of one, or { name, … } with its knobs';
  chosenScheduler(value as Scheduler | SchedulerSpec | string);
  return undefined;
};

const capture: OptionCheck = (value) => {
  capturePlan(value as CaptureOptions);
  return undefined;
};

const strength: OptionCheck = (value) => (typeof value === 'number' && value > 0 && value <= 1 ? undefined : 'a number above 0 and at most 1: the share of the steps that is run');

const diffusionChecks: OptionChecks<DiffusionOptions> = {
  negativePrompt: text,
  numInferenceSteps: wholeNumber(1, 1000),
  guidanceScale: number(0, 100),
  guidanceRescale: number(0, 1),
  scheduler: schedulerCheck,
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER, '; left out, it is drawn at random'),
  eta: number(0, 1),
  sharedNoise: flag,
  width: side,
  height: side,
  callbackOnStepEnd: callback,
  signal: abortSignal,
  onProgress: callback,
  onNotice: callback,
  capture,
  stopwatch: instanceOf(Stopwatch, 'a Stopwatch'),
};

const generateVideoChecks: OptionChecks<GenerateVideoOptions> = { ...diffusionChecks, numFrames: wholeNumber(1, 1024), fps: number(0.1, 240) };

const editVideoChecks: OptionChecks<EditVideoOptions> = {
  ...diffusionChecks,
  method: oneOf('sdedit', 'diffedit'),
  sourcePrompt: text,
  strength,
  maskPrompt: text,
  invertMask: flag,
  maskBy: oneOf('subject', 'prompts'),
  noised: flag,
  maskGrow: wholeNumber(0, 64),
  keepPixels: flag,
  keepShapes: flag,
  fit: oneOf('cover', 'contain', 'fill'),
  windowFrames: wholeNumber(1, 1024),
  windowOverlap: wholeNumber(0, 1023),
};

const { seed, sharedNoise, width, height, ...changeable } = diffusionChecks;

const resumeChecks: OptionChecks<ResumeOptions> = { ...changeable, prompt: text, latents: instanceOf(Tensor, 'a Tensor of latents'), model: anything };

/** @throws {ArgumentError} for an option of `generateVideo` that does not exist or cannot be used. */
export function checkGenerateVideoOptions(options: GenerateVideoOptions): void {
  checkOptions('generateVideo', options, generateVideoChecks);
}

/** @throws {ArgumentError} for an option of `editVideo` that does not exist or cannot be used. */
export function checkEditVideoOptions(options: EditVideoOptions): void {
  checkOptions('editVideo', options, editVideoChecks);
}

/** @throws {ArgumentError} for an option of `resume` that does not exist or cannot be used. */
export function checkResumeOptions(options: ResumeOptions): void {
  checkOptions('resume', options, resumeChecks);
}

/** @throws {ArgumentError} for an option of `rerun` that does not exist or cannot be used. */
export function checkRerunOptions(options: DiffusionOptions): void {
  checkOptions('rerun', options, diffusionChecks);
}

/** What a callback may return: the changes, or the state that it was given with other latents in it. */
const stepChecks: OptionChecks<StepChanges & StepState> = {
  latents: instanceOf(Tensor, 'a Tensor of latents'), stop: flag, step: anything, steps: anything, timestep: anything, sigma: anything, predOriginalSample: anything, frames: anything,
};

/** @throws {ArgumentError} for something that a callback returned and a run knows nothing of. */
export function checkStepChanges(changes: StepChanges): void {
  checkOptions('What callbackOnStepEnd returns', changes as StepChanges & StepState, stepChecks);
}

/** Options that no record decides: they belong to whoever makes the run. Scheduler, seed and negative prompt are recorded apart. */
const callersOwn = ['callbackOnStepEnd', 'signal', 'onProgress', 'onNotice', 'capture', 'stopwatch', 'scheduler', 'seed', 'negativePrompt'];

/**
 * Those of a record's settings that are options of the call that made it; a record also tells what was found out. The record comes
 * out of a file that anyone may have made.
 *
 * @throws {ArgumentError} for a setting that the call could not have had.
 */
export function recordedOptions(kind: 'edited' | 'generated', settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const checks = kind === 'edited' ? editVideoChecks : generateVideoChecks;
  const recorded = Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(checks, name) && !callersOwn.includes(name)));
  checkOptions<object>(kind === 'edited' ? 'editVideo' : 'generateVideo', recorded, checks);
  return recorded;
}

/** The seed and the negative prompt of a record. @throws {ArgumentError} for those that no run could have had. */
export function recordedSeed({ seed, negativePrompt }: { readonly seed: number; readonly negativePrompt?: string | undefined }): { seed: number; negativePrompt: string | undefined } {
  checkOptions('rerun', { seed, negativePrompt }, diffusionChecks as OptionChecks<{ seed: number; negativePrompt: string | undefined }>);
  return { seed, negativePrompt };
}
