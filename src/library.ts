/**
 * The library as our own programs use it, the command line and the kernel: what is public, and what lies below it.
 *
 * It is built once, as `dist/library.js`; `dist/index.js` and its like only pass the public names on, so that a program, a
 * notebook's cell and the kernel beside it share one instance.
 *
 * @module
 */
export * from './index.js';
export * as host from './display/host.js';
export { checkFilePlace, checkOutput, checkTemporaryFolder, outputAt, overlaps, placeOf } from './pipeline/video/index.js';
export { placeOfHistory } from './pipeline/experiments/index.js';
export {
  checkEditVideoOptions,
  checkGenerateVideoOptions,
  checkSettings,
  openRecordedSource,
  resumably,
} from './pipeline/pipelines/index.js';
export { describeSeconds, gigabytes, PromptCache, runSeconds } from './pipeline/networks/index.js';
export { machineMemory } from './pipeline/core/index.js';
