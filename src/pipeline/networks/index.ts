/** A model's folder and what it holds: sessions, text encoder, UNet, VAE, tokenizer. */
export type { Autoencoder } from './autoencoder.js';
export type { CaptionVocabulary } from './captionVocabulary.js';
export { type ProviderCheck, checkExecutionProviders } from './executionProviders.js';
export { findModel } from './findModel.js';
export { type RuntimeOptions, runtimeChecks } from './graph.js';
export { type InstalledModel, installedModels } from './installedModels.js';
export type { Interrogator } from './interrogator.js';
export { LatentDiffusionNetworks, type LoadOptions, type NetworkParts, loadNetworks } from './latentDiffusionNetworks.js';
export { type LatentPreviewMatrix, drawLatents, matrixFor } from './latentPreview.js';
export type { PartOptions } from './modelContents.js';
export { modelFolders, packageRoot } from './modelFiles.js';
export { partChecks } from './openModel.js';
export { croppedShare } from './nearestShape.js';
export { parsePromptWeights } from './promptWeights.js';
export type { RecommendedSettings } from './recommendedSettings.js';
export type { PromptWord } from './tokenizer.js';
export type { Conditioning, TappedPrediction, UNet } from './unet.js';
