/** Whole runs: the model with `editVideo` and `generateVideo`, going on from a step, making a video again. */
export { joinShards, type JoinShardsOptions } from './joinShards.js';
export { LatentDiffusionModel } from './latentDiffusionModel.js';
export { checkEditVideoOptions, checkGenerateVideoOptions } from './optionChecks.js';
export type { GenerateVideoOptions } from './options.js';
export { checkSettings } from './recordedRun.js';
export { openRecordedSource } from './recordedSource.js';
export { rerun } from './rerun.js';
export { resumably } from './resumable.js';
export { withQuality } from './withQuality.js';
