/** Settings compared: many runs that differ in little, what they have in common made once, and what is measured of them. */
export type { ComparisonAxis } from './axes.js';
export type { ComparisonCell } from './cells.js';
export { compareSchedulers } from './compareSchedulers.js';
export { Comparison } from './comparison.js';
export { betterEnd, type CellNumber, numberOf } from './numbers.js';
export type { CellOptions, CompareOptions, ComparisonProgress } from './options.js';
export type { SaveComparisonOptions } from './saveComparison.js';
export { schedulePaths, type ScheduleOptions, type SchedulePath } from './schedules.js';
export { type Parting, type SamplerTrace, SamplerTraces, type TracedStep, type TraceReference } from './samplerTraces.js';
export { type ComparisonSheetOptions, setSheetDrawer, type SheetDrawer } from './sheet.js';
export { traceSampler, type TraceOptions } from './traceSampler.js';
