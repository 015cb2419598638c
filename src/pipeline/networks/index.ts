/** A model's folder and what it holds: sessions, text encoder, UNet, VAE, tokenizer. */
export type { Autoencoder } from './autoencoder.js';
export { type ClipPass, TemporalCompression } from './clipCoding.js';
export type { RowsWatch } from './batches.js';
export { clipPositions } from './clipPositions.js';
export type { DecodingNoise } from './decoderInputs.js';
export { LTX_DECODING } from './ltxDefaults.js';
export type { CaptionPart, CaptionVocabulary } from './captionVocabulary.js';
export { wordPlaces, type WordPlaces } from './wordPlaces.js';
export { type DeviceCheck, checkDevices } from './checkDevices.js';
export type { DeviceChoice, DeviceName, DeviceUse } from './devices.js';
export type { AdvisedEdit, EditingAdvice, EditingRule } from './editingAdvice.js';
export { type Conditioning, type NamedInputs, type NetworkCall, gatherRows, joinChannels } from './conditioning.js';
export { type ControlNet, sumResiduals } from './controlNet.js';
export { findModel } from './findModel.js';
export type { Feed } from './elementTypes.js';
export type { Graph } from './graph.js';
export type { TensorDeclaration } from './tensorDeclaration.js';
export { type RuntimeOptions, runtimeChecks } from './graphOptions.js';
export { type InstalledModel, installedModels } from './installedModels.js';
export type { Interrogation, Interrogator } from './interrogator.js';
export { LatentDiffusionNetworks } from './latentDiffusionNetworks.js';
export { type LoadOptions, loadNetworks } from './loadNetworks.js';
export type { NetworkParts } from './networkParts.js';
export { FIRST_TIMESTEP, type LoraWeight, loraWeightsCheck, weightAt } from './loraWeight.js';
export type { Distillation } from './distilledLoras.js';
export type { LoadedLora, LoraChoice, Loras } from './loras.js';
export { type LatentPreviewMatrix, drawLatents, matrixFor } from './latentPreview.js';
export type { NetworkPart, PartOptions } from './modelContents.js';
export { type Json, modelFolders } from './modelFiles.js';
export { previewsOf } from './previewVae.js';
export { tensorToFrames } from './pixels.js';
export { partChecks } from './openModel.js';
export { gigabytes, memoryErrors } from './memoryErrors.js';
export type { MemoryPlan } from './memoryPlan.js';
export type { GraphNeeds } from './graphNeeds.js';
export type { PartNeeds, RunNeeds, RunSize } from './modelNeeds.js';
export { joinedWork, type NetworkWork } from './networkWork.js';
export { type RunWork, type SecondsRange, describeSeconds, keptShare, operationsOf, predictionSeconds, runSeconds } from './runSeconds.js';
export type { NetworkFacts } from './networkFacts.js';
export type { SessionGroup } from './residentSessions.js';
export type { GraphRewrite, RewrittenCall } from './graphRewrite.js';
export type { MemoryChoice } from './sessionSettings.js';
export { croppedShare } from './nearestShape.js';
export { type WeightedText, parsePromptWeights } from './promptWeights.js';
export {
  habitualPresets,
  type Quality,
  type QualityPreset,
  type QualityPresets,
  type QualityPurpose,
  qualities,
  type WrittenPresets,
} from './qualityPresets.js';
export { type AlignmentKind, isReplacement, refinedTokens, replacedTokens, type TokenAlignment } from './promptAlignment.js';
export type { RecommendedSettings } from './recommendedSettings.js';
export { type KeptPrompts, PromptCache } from './promptCache.js';
export type { EncodedPrompt, TextEncoder } from './textEncoder.js';
export type { PromptTokenizer, PromptWord, TokenizedPrompt } from './tokenizer.js';
export {
  crossFrame,
  crossFrameCheck,
  freeU,
  freeUCheck,
  type FreeUFactors,
  type FrameSource,
  type AttentionTerms,
  type FeatureTerms,
  lentAttention,
  lentFeatures,
  type Loan,
  type MotionWindows,
  motionWindows,
  perturbedAttention,
  type RegionalPrompt,
  regionalPrompts,
  smoothedAttention,
  tokenWeights,
} from './steering/index.js';
export type { TappedPrediction } from './attentionMaps.js';
export { type CacheUse, FirstBlockCache } from './firstBlockCache.js';
export type { UNet } from './unet.js';
export type { UNetGraph } from './unetGraph.js';
