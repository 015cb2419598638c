/**
 * The library: video in, prompt in, video out. Knows nothing of notebooks.
 *
 * Everything named here is public, and `docs/api-report.md` shows it: a name added or changed here changes that page. What only
 * our own programs need stands in `src/library.ts`. The lists of `schedulers` and `video` are also `frameloom/schedulers` and
 * `frameloom/video`.
 */
export {
  FrameloomError, AbortError, ArgumentError, throwIfAborted, Tensor, concatenate, weightedSum, Generator, type OptionCheck, createFrame,
  frameBytes, type Frame, packageRoot,
} from './core/index.js';
export {
  DDIMScheduler, type DDIMConfig, DDIMInverseScheduler, DPMSolverMultistepScheduler, type DPMSolverMultistepConfig,
  EulerAncestralDiscreteScheduler, type EulerAncestralDiscreteConfig, EulerDiscreteScheduler, type EulerDiscreteConfig, LCMScheduler,
  type LCMConfig, PNDMScheduler, type PNDMConfig, AlphaScheduler, type AlphaConfig, SigmaScheduler, type SigmaConfig, SolverScheduler,
  type SolverConfig, modelSchedule, type ModelSchedule, Scheduler, type SchedulerClass, type StepInput, type StepOutput, type NoiseSource,
  type RunKnob, type RunOptions, type StepOptions, type TimestepOptions, type SchedulerMemory, type SchedulerState, type BetaSchedule,
  type NoiseScheduleConfig, type PredictionType, type TimestepSpacing, type ClippingConfig, type DPMSolverAlgorithm,
  type SigmaScheduleConfig, scheduleNames, type SigmaScheduleName, type SchedulerShortName, schedulerClasses, type SchedulerName,
  type SchedulerCapabilities, schedulerCapabilities, isSchedulerName, chosenScheduler, type OtherSpelling, schedulerByName, schedulerNames,
  type SchedulerChoice, type SchedulerSpec, DDPMScheduler, type DDPMConfig, type VarianceType, DEISMultistepScheduler,
  type DEISMultistepConfig, DPMSolverMultistepInverseScheduler, type DPMSolverMultistepInverseConfig, DPMSolverSinglestepScheduler,
  type DPMSolverSinglestepConfig, HeunDiscreteScheduler, type HeunDiscreteConfig, IPNDMScheduler, type IPNDMConfig, KDPM2DiscreteScheduler,
  KDPM2AncestralDiscreteScheduler, MidpointScheduler, type MidpointConfig, LMSDiscreteScheduler, type LMSDiscreteConfig, SASolverScheduler,
  type SASolverConfig, TCDScheduler, UniPCMultistepScheduler, type UniPCMultistepConfig,
  FlowMatchEulerDiscreteScheduler, type FlowMatchEulerDiscreteConfig, FlowMatchHeunDiscreteScheduler, FlowMatchLCMScheduler, type FlowMatchLCMConfig,
  FlowScheduler, ShiftedFlowScheduler, type FlowConfig, type FlowMatchConfig, type UpscaleMode, EDMScheduler, type EDMConfig, EDMEulerScheduler,
  EDMDPMSolverMultistepScheduler, type EDMDPMSolverMultistepConfig, CosineDPMSolverMultistepScheduler, type CosineDPMSolverMultistepConfig,
  CMStochasticIterativeScheduler, type CMStochasticIterativeConfig, SCMScheduler, type SCMConfig, type NoisePath,
  type FlowMatchHeunMemory, type HeunMemory, type UniPCMemory, type FlowMatchLCMMemory, type IPNDMMemory, type DPMSolverSDEMemory,
  type SinglestepMemory, type SASolverMemory, type PNDMMemory, type LMSMemory, type MultistepMemory, type MidpointMemory,
  type SolverSchedule, type NamedSigmaSchedule, type NoiseLevel, type AlphasConfig, DPMSolverSDEScheduler, type DPMSolverSDEConfig,
  RePaintScheduler, type RePaintConfig,
} from './schedulers/index.js';
export {
  Video, type FrameRange, type FromFramesOptions, type SaveOptions, type WriteOptions, type CompressionOptions, type VideoOpenOptions,
  type WindowOptions, type SaveProgress, type FindFfmpegOptions,
  type ContactSheetOptions, type SideBySideOptions, type SavedVideo, type Fit, type Size, type SizeOptions, type AudioInfo, type ColourInfo, type VideoInfo, type Interlacing, type Soundtrack,
  type FrameRate, describeProvenance, digitalSourceTypes, parseProvenance, type Provenance,
  type ProvenanceFacts, type ProvenanceSource, readProvenance, findFfmpeg, type FfmpegBinaries, type FfmpegSource, encodePng,
  contactSheet, sideBySide,
} from './video/index.js';
export type { AttentionKind, AttentionSite, AttentionTap, AttentionTapRequest } from './onnx/index.js';
export {
  type LoadOptions, type PartOptions, LatentDiffusionNetworks, type NetworkPart, type NetworkParts, type RecommendedSettings, checkExecutionProviders, type ProviderCheck,
  type RuntimeOptions, type Conditioning, type TappedPrediction, type UNet, type Autoencoder, type TextEncoder, type EncodedPrompt, type PromptTokenizer,
  type TokenizedPrompt, type WeightedText, type CaptionVocabulary, type CaptionPart, type Interrogator, type Interrogation, type Graph,
  type AdvisedEdit, type EditingAdvice, type EditingRule, type Feed, type TensorDeclaration, type Json, findModel, type InstalledModel, installedModels,
  modelFolders, type PromptWord, type NetworkFacts,
} from './networks/index.js';
export {
  type CaptureOptions, combine, denoise, type DenoiseObserver, type DenoisePass, type DenoiseRun, type DiffusionOptions, FrameNoise,
  type GuidedPrediction, type Guidance, guidedPrediction, type KeptRegion, type ObservedStep, type Pieces, type Preparation, PreparationWatch,
  type PreparedRun, type Progress, ProgressTracker, type RunSetup, type Stage, type StepChanges, type StepState, Stopwatch,
  type CapturePlan, type FrameSpan,
} from './diffusion/index.js';
export {
  MadeVideo, Run, RunPoint, Stages, type CapturedPoint, type LoadRunOptions, type ResumeOptions, type RunModel,
  type RunFacts, type RunTensors, type NoisePrediction, type PictureOptions, type DecodingModel, WordAttention, type MapChoice, type WordMask,
  type SaveRunOptions, type RunBranch, type RunAttention, type RunRecord, type RunSchedule, type RunStep, type RunWindow, type StepStatistics,
} from './capture/index.js';
export {
  beginIndexFor, beginOf, type ChangeMapOptions, choiceOption, defineMethod, type EditedWindow, type EditingMethod, type EditingMethodName,
  editingMethods, type EditPlan, type EditSettings, type EditVideoOptions, type EditWindow, findChangeMap, flagOption, invert, type MethodOption,
  type MethodOptions, numberOption, type OwnMethodOptions, type PreparedMethod, type SettingsOfMethods, type DiffeditSettings, textOption, wholeNumberOption,
} from './editing/index.js';
export {
  LatentDiffusionModel, rerun, type GenerateVideoOptions,
} from './pipelines/index.js';
