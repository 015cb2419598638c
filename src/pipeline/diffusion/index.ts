/** The loop from noise to latents, and what goes in and out at each step. */
export type { AttentionControl } from './attentionControl.js';
export { type Affine, cameraCheck, type CameraMove, cameraPath, warpLatents, warpPicture } from './camera/index.js';
export { motionSteps, movedStart } from './movedStart.js';
export { type CaptureOptions, type CapturePlan, capturePlan, isCaptured, type PictureDecoder, pictureDecoders } from './captureOptions.js';
export { contextChecks, type ContextOptions, contextOptions } from './contextOptions.js';
export {
  checkContextOptions,
  contextPlan,
  padFrames,
  paddedFrameCount,
  recordedContext,
  requireLoop,
  windowsInside,
} from './contextPlan.js';
export { ContextUNet } from './contextUNet.js';
export { type DenoisingNetwork, WatchedUNet } from './denoisingNetwork.js';
export { NetworkCalls } from './networkCalls.js';
export { type ContextPlan, type ContextSchedule, type ContextWeights, mostContextWindows } from './contextWindows.js';
export { type DenoiseObserver, type DenoiseRun, type ObservedStep, denoise } from './denoise.js';
export {
  type Control,
  type ConditionedRun,
  type EditRegion,
  type KeptLatents,
  type FamilyRun,
  type GuidanceStep,
  type ModelFamily,
  type ShownFrames,
  controlsOf,
  familyOf,
} from './families/index.js';
export {
  freeInitCheck,
  type FreeInitMethod,
  type FreeInitOptions,
  freeInitSettings,
  reinitializedNoise,
  requireFreeInit,
} from './freeInit.js';
export {
  freeNoiseCheck,
  type FreeNoiseOptions,
  freeNoiseSettings,
  type FreeNoiseType,
  requireFreeNoise,
  rescheduledFrames,
  rescheduledNoise,
} from './freeNoise.js';
export { FrameNoise, type NoiseOrder } from './frameNoise.js';
export {
  type AttentionLook,
  classifierFreeGuidance,
  combine,
  conditionTerms,
  eachWeight,
  type FrameWeight,
  type Guidance,
  type GuidanceStrength,
  type GuidanceTerm,
  type GuidedPrediction,
  guidedPrediction,
} from './guidance.js';
export { refuseStepOptions, requireGuidanceSchedule } from './guidanceSchedule.js';
export { guidanceScheduleOf, guidanceScheduleOptions, type GuidanceScheduleOptions } from './guidanceScheduleOptions.js';
export { cachedNetwork } from './cachedNetwork.js';
export {
  type ClipSchedules,
  clipSchedules,
  type FrameNumbers,
  hasSchedule,
  isSchedule,
  type Keyframes,
  namesOf,
  type NumberSchedule,
  numberScheduleCheck,
  oneNumber,
  requireSchedules,
  type ScheduledClip,
  type ScheduledOption,
  scheduledOptions,
} from './keyframes/index.js';
export { type WindowPart, joinWindows } from './joinWindows.js';
export { blend, type KeptRegion, keptOutside, rowsBegun } from './keptRegion.js';
export { notice } from './notice.js';
export { changeableChecks, diffusionChecks, schedulerCheck } from './optionChecks.js';
export type { DiffusionOptions, FrameSpan, Progress, StepChanges, StepState } from './options.js';
export { PreparationWatch } from './preparationWatch.js';
export { type DenoisePass, type PreparedRun, type RunSetup, preparedRun } from './preparedRun.js';
export { type Preparation, ProgressTracker, type WorkAhead } from './progress.js';
export {
  promptToPrompt,
  promptToPromptCheck,
  promptToPromptDefaults,
  type PromptToPromptOptions,
  type PromptToPromptSettings,
} from './promptToPrompt.js';
export type { PromptTravel } from './promptTravel.js';
export { loraStrengths, once, type SharedKind, SharedWork } from './sharedWork.js';
export { type Pieces, stageText } from './stageText.js';
export { requireShownClips, shownClips } from './shownClips.js';
export { perturbedPredictions, refusePromptSteering, rewritesOf, steeringOf, type SteeringOptions, steeringOptions } from './steering.js';
export { type BranchStep, knownCourse, NoiseForBoth, sampledCourse, type SourceBranch, type SourceCourse } from './sourceBranch.js';
export { guidedBySource, unguidedBy } from './sourceGuidance.js';
export { type Stage, Stopwatch } from './stopwatch.js';
export { requireTravel, requireTravelFrames, TravellingPrompt } from './travellingPrompt.js';
export type { ConditionedFrames, ConditionedStart } from './conditionedFrames.js';
export { requireConditionsFit, type VideoCondition } from './videoConditions.js';
export { type Window, type WindowSpan, countWindows, slidingWindows, windowSpans } from './windows.js';
