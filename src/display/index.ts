/** Showing values: in a notebook of ours, in Jupyter, or in a terminal. */
export { compare, show } from './show.js';
export type { ShowOptions } from './show.js';
export { showAttention, showFrameAttention, showLatents, showSchedule, showSteps } from './run/showRun.js';
export type { ShowRunOptions } from './run/showRun.js';
export { comparisonSheet } from './experiments/showComparison.js';
export { tune } from './tuning/tune.js';
export type { Tuning } from './tuning/tuning.js';
export { showSchedules } from './experiments/showSchedules.js';
export type { ShowSchedulesOptions } from './experiments/showSchedules.js';
