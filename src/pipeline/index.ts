/**
 * Frameloom: text-guided video editing and generation with latent diffusion.
 *
 * ```ts
 * import { LatentDiffusionModel, Video } from 'frameloom';
 *
 * const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
 * const clip = await Video.open('red-car.mp4');
 * const edited = await model.editVideo(clip, 'a big green car on a blue background');
 * await edited.save('green-car.mp4');
 * ```
 *
 * @module
 */
export * from './errors.js';
export { Tensor } from './tensor.js';
export { Generator } from './noise/generator.js';
export * from './schedulers/index.js';
export * from './video/index.js';
export { LatentDiffusionModel } from './pipelines/latentDiffusionModel.js';
export { type LoadOptions, LatentDiffusionNetworks, type NetworkParts } from './model/latentDiffusionNetworks.js';
export type { RecommendedSettings } from './model/recommendedSettings.js';
export { checkExecutionProviders, type ProviderCheck } from './model/executionProviders.js';
export type { RuntimeOptions } from './model/graph.js';
export type { Conditioning, TappedPrediction, UNet } from './model/unet.js';
export type { AttentionKind, AttentionSite, AttentionTap, AttentionTapRequest } from './onnx/attention.js';
export * from './ambient.js';
export * from './display/index.js';
export * as host from './display/host.js';
export { findModel } from './model/findModel.js';
export { type InstalledModel, installedModels } from './model/installedModels.js';
export { modelFolders, packageRoot } from './model/modelFiles.js';
export * from './capture/index.js';
export { rerun } from './pipelines/rerun.js';
export { checkSettings } from './pipelines/recordedRun.js';
export { checkEditVideoOptions, checkGenerateVideoOptions } from './pipelines/optionChecks.js';
export { Stopwatch, type Stage } from './diffusion/stopwatch.js';
export type { DiffusionOptions, Progress, StepChanges, StepState } from './diffusion/options.js';
export type { EditVideoOptions } from './editing/options.js';
export type { GenerateVideoOptions } from './pipelines/options.js';
