/** Captured runs: what a model did, step by step, and going on from any step. */
export {
  MadeVideo,
  Run,
  RunPoint,
  Stages,
  type CapturedParts,
  type CapturedPoint,
  type LoadRunOptions,
  type ResumeOptions,
  type RunModel,
} from './run.js';
export type { RunFacts } from './runFacts.js';
export type { NoisePrediction, PictureOptions, RunTensors } from './runTensors.js';
export type { DecodingModel, RunParts } from './runParts.js';
export type { MapChoice } from './mapChoice.js';
export { WordAttention, type WordMask } from './wordAttention.js';
export type { SaveRunOptions } from './saveRun.js';
export type { RunAttention, RunBranch, RunFrameAttention, RunRecord, RunSchedule, RunStep, RunWindow, StepStatistics } from './record.js';
export { captureErrors } from './errors.js';
export { latentWindows } from './latentRows.js';
export { nameOf } from './names.js';
export { leadingFirst } from './ownFrames.js';
export { RunRecorder, recorded } from './recorder.js';
