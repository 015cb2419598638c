/** Captured runs: what a model did, step by step, and going on from any step. */
export { Run, type NoisePrediction, type PictureOptions } from './run.js';
export { RunPoint, type ResumeOptions } from './runPoint.js';
export { Stages } from './stages.js';
export { WordAttention, type MapChoice, type WordMask } from './wordAttention.js';
export type { SaveRunOptions } from './saveRun.js';
export type { LoadRunOptions } from './loadRun.js';
export type { CaptureOptions } from './options.js';
export type { PromptWord } from '../model/tokenizer.js';
export type { RunBranch, RunSchedule, RunStep, RunWindow, StepStatistics } from './record.js';
