/** Settings compared: many runs that differ in little, what they have in common made once, and what is measured of them. */
export type { ComparisonAxis } from './axes.js';
export type { ComparisonCell } from './cells.js';
export { codeOf } from './code.js';
export { compareSchedulers } from './compareSchedulers.js';
export type { ComparedCells } from './comparedCells.js';
export { Comparison } from './comparison.js';
export { HistoryComparison, type HistoryDifference } from './history/historyComparison.js';
export { HistoryRun, type HistoryRerunOptions } from './history/historyRun.js';
export { type HistoryNumber, type HistorySort, HistoryTable, type HistoryTableOptions } from './history/historyTable.js';
export { recordRun } from './history/recordRun.js';
export { history, openHistory, placeOfHistory, RunHistory } from './history/runHistory.js';
export { betterEnd, type CellNumber, numberOf } from './numbers.js';
export type { CellOptions, CompareOptions, ComparisonProgress } from './options.js';
export type { SaveComparisonOptions } from './saveComparison.js';
export { schedulePaths, type ScheduleOptions, type SchedulePath } from './schedules.js';
export { type Parting, type SamplerTrace, SamplerTraces, type TracedStep, type TraceReference } from './samplerTraces.js';
export { type ComparisonSheetOptions, setSheetDrawer, type SheetDrawer } from './sheet.js';
export { traceSampler, type TraceOptions } from './traceSampler.js';
