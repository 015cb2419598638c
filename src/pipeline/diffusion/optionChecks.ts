import { capturePlan, type CaptureOptions } from './captureOptions.js';
import {
  abortSignal,
  anything,
  callback,
  checkOptions,
  flag,
  instanceOf,
  number,
  oneOf,
  place,
  type OptionCheck,
  type OptionChecks,
  text,
  wholeNumber,
  Tensor,
} from '../core/index.js';
import { crossFrameCheck, freeUCheck, loraWeightsCheck, qualities } from '../networks/index.js';
import { chosenScheduler, requireRunAlone, Scheduler, type SchedulerSpec } from '../schedulers/index.js';
import { cameraCheck } from './camera/index.js';
import { contextChecks } from './contextOptions.js';
import { guidanceScheduleChecks } from './guidanceScheduleOptions.js';
import { isSchedule, numberScheduleCheck, scheduledOptions } from './keyframes/index.js';
import type { DiffusionOptions, StepChanges, StepState } from './options.js';
import { Mask } from '../masks/index.js';
import { Video } from '../video/index.js';
import { promptTravelCheck } from './promptTravel.js';
import { attentionControlCheck } from './attentionControl.js';
import { regionalPromptsCheck } from './steering.js';
import { SharedWork } from './sharedWork.js';
import { Stopwatch } from './stopwatch.js';
import { videoConditionsCheck } from './videoConditions.js';

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
  requireRunAlone(chosenScheduler(value as Scheduler | SchedulerSpec | string));
  return undefined;
};

const capture: OptionCheck = (value) => {
  capturePlan(value as CaptureOptions);
  return undefined;
};

const aVideo: OptionCheck = (value) => (value instanceof Video ? undefined : 'a Video: await Video.open(…)');

const aMask: OptionCheck = (value) =>
  value instanceof Mask || value instanceof Video
    ? undefined
    : 'a Mask (Mask.rectangle(…), Mask.colour(…), …), or a Video whose bright places it is';

/** A value, or a list of them. @param owner what the list has one for each of. */
function oneOrEach(check: OptionCheck, owner = 'ControlNet'): OptionCheck {
  return (value, name) => {
    if (!Array.isArray(value)) return check(value, name);
    const wrong = (value as unknown[]).map((each) => check(each, name)).find((wanted) => wanted !== undefined);
    return value.length === 0 ? `one value, or one for each ${owner}` : wrong && `${wrong}, or a list of such, one for each ${owner}`;
  };
}

const layerList: OptionCheck = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
    ? undefined
    : "a list of layers by id or the start of their path: ['mid_block']";

const loraSchedule = numberScheduleCheck(number(...scheduledOptions.loraWeights), scheduledOptions.loraWeights);

const loraWeightsOrSchedules: OptionCheck = (value, name) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return loraWeightsCheck(value, name);
  const all = Object.entries(value as Record<string, unknown>);
  for (const [lora, each] of all.filter(([, weight]) => isSchedule(weight))) {
    const wanted = loraSchedule(each, lora);
    if (wanted !== undefined) return `weights by the names of LoRAs, and "${lora}" ${wanted}`;
  }
  return loraWeightsCheck(Object.fromEntries(all.filter(([, weight]) => !isSchedule(weight))), name);
};

/** Options that every run takes. */
export const diffusionChecks: OptionChecks<DiffusionOptions> = {
  ...contextChecks,
  ...guidanceScheduleChecks,
  firstBlockCacheThreshold: number(0, 1),
  promptTravel: promptTravelCheck,
  negativePrompt: text,
  quality: oneOf(...qualities),
  numInferenceSteps: wholeNumber(1, 1000),
  guidanceScale: numberScheduleCheck(number(0, 100), scheduledOptions.guidanceScale),
  guidanceRescale: number(0, 1),
  imageGuidanceScale: number(1, 100),
  decodeTimestep: number(0, 1),
  decodeNoiseScale: number(0, 1),
  mask: aMask,
  referenceImages: oneOrEach(aVideo, 'picture'),
  conditions: videoConditionsCheck,
  conditioningScale: oneOrEach(number(0, 10), 'hint'),
  controlClip: oneOrEach(aVideo),
  controlEdges: oneOrEach(flag),
  controlnetConditioningScale: oneOrEach(number(0, 10)),
  controlGuidanceStart: oneOrEach(number(0, 1)),
  controlGuidanceEnd: oneOrEach(number(0, 1)),
  scheduler: schedulerCheck,
  loraWeights: loraWeightsOrSchedules,
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER, '; left out, it is drawn at random'),
  eta: number(0, 1),
  sharedNoise: flag,
  crossFrame: crossFrameCheck,
  attentionControl: attentionControlCheck,
  regionalPrompts: regionalPromptsCheck,
  pagScale: number(0, 100),
  pagAppliedLayers: layerList,
  segScale: number(0, 100),
  segBlurSigma: number(0.01, 1e6),
  segAppliedLayers: layerList,
  sagScale: number(0, 100),
  freeU: freeUCheck,
  camera: cameraCheck,
  width: side,
  height: side,
  callbackOnStepEnd: callback,
  signal: abortSignal,
  onProgress: callback,
  onNotice: callback,
  resumable: place,
  capture,
  stopwatch: instanceOf(Stopwatch, 'a Stopwatch'),
  shared: instanceOf(SharedWork, 'a SharedWork'),
};

const { quality, seed, sharedNoise, camera, width, height, ...changeable } = diffusionChecks;

/** Options that may change when a run goes on from one of its steps. */
export const changeableChecks = changeable;

/** What a callback may return: the changes, or the state that it was given with other latents in it. */
const stepChecks: OptionChecks<StepChanges & StepState> = {
  latents: instanceOf(Tensor, 'a Tensor of latents'),
  stop: flag,
  step: anything,
  steps: anything,
  timestep: anything,
  sigma: anything,
  predOriginalSample: anything,
  frames: anything,
  leadingFrames: anything,
};

/** @throws {ArgumentError} for something that a callback returned and a run knows nothing of. */
export function checkStepChanges(changes: StepChanges): void {
  checkOptions('What callbackOnStepEnd returns', changes as StepChanges & StepState, stepChecks);
}
