/** What differs from frame to frame: keyframes, formulas, and the numbers that they give. */
export {
  type ClipSchedules,
  clipSchedules,
  hasSchedule,
  namesOf,
  requireSchedules,
  type ScheduledOption,
  scheduledOptions,
} from './clipSchedules.js';
export { expressionNames } from './expression.js';
export { type Keyframes, keyframesProblem, requireFramesOf, sortedKeyframes } from './keyframes.js';
export {
  type FrameNumbers,
  isSchedule,
  type NumberRange,
  type NumberSchedule,
  numberScheduleCheck,
  numbersOf,
  oneNumber,
  type ScheduledClip,
} from './numberSchedule.js';
