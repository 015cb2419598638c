/**
 * For programs that host the library and show what it makes: notebook kernels and the like. Exported as `host`.
 *
 * @module
 */
export {
  setAmbient,
  type Ambient,
  type AmbientPreparation,
  type AmbientProgress,
  type AmbientRun,
  type AmbientStep,
} from '../pipeline/core/index.js';
export { displaySink, setDisplaySink } from './sink.js';
export type { DisplaySink, PreviewPixels } from './sink.js';
export { folderBesideNotebook, folderOfUntitled, sweepLeftovers } from './sideFolder.js';
export type { SideFolder } from './sideFolder.js';
export { recordRun } from '../pipeline/experiments/index.js';
export { LivePreview } from './livePreview.js';
export { bundleOf, setFinishedPreview, summaryOf } from './show.js';
export { comparisonOf } from './experiments/showComparison.js';
export { tuningOf, type Tuning } from './tuning/tuning.js';
export { readable } from './treeBundle.js';
export type { RunPayload } from '../shared/outputs/index.js';
export type { Bundle, PreviewPayload, TensorPayload, TreePayload, VideoPayload } from '../shared/outputs/index.js';
