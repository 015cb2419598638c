/** What everything else is made of: tensors, frames, errors, checks of options, noise, and files that appear whole or not at all. */
export {
  type Ambient,
  type AmbientExperiment,
  type AmbientFiles,
  type AmbientPreparation,
  type AmbientProgress,
  type AmbientRun,
  type AmbientStep,
  type ExperimentObserver,
  type PreparationObserver,
  type RunObserver,
  type StepObserver,
  ambientExperimentObserver,
  ambientFiles,
  ambientPreparationObserver,
  ambientProgress,
  ambientRunObserver,
  ambientSignal,
  ambientStepObserver,
  setAmbient,
} from './ambient.js';
export { cacheFolder } from './cacheFolder.js';
export { CallJournal, type RunFacts } from './callJournal.js';
export { ambientCallKeeper, type CallKeeper, type CallWork, keepingCalls, keepingUncounted } from './callKeeper.js';
export {
  type OptionCheck,
  type OptionChecks,
  abortSignal,
  anything,
  bytes,
  callback,
  checkOptions,
  flag,
  instanceOf,
  number,
  oneOf,
  place,
  text,
  wholeNumber,
} from './checkOptions.js';
export { withoutControls } from './controlCodes.js';
export { Draft, writeWhole } from './draft.js';
export { duration } from './duration.js';
export { draftMark, isDraftName, isForgotten, isRunning, sweepDrafts } from './draftMark.js';
export { AbortError, ArgumentError, FrameloomError, requireNumber, throwIfAborted } from './errors.js';
export { guardChild, guardPath, releasePath } from './exitGuard.js';
export { ForeignFileProblem, nestsDeeper, readForeignText, requirePlainFile, requirePlainFileSync } from './foreignFile.js';
export { type Frame, checkFrame, checkSide, createFrame, frameBytes } from './frame.js';
export { Generator } from './generator.js';
export { growMask } from './growMask.js';
export { linkBelow, plainFilesBelow } from './linkBelow.js';
export { type MachineMemory, machineMemory } from './machineMemory.js';
export { editDistance, nearestNames, suggestion } from './nearestNames.js';
export { packageRoot } from './packageRoot.js';
export { printsAsText } from './printsAsText.js';
export { type PrivateFolder, createPrivateFolder, sweepPrivateFolders } from './privateFolder.js';
export { boundsOf, cropFrame, cropPlane, grownBounds, type Rectangle, withPart } from './rectangle.js';
export { resizeMaps, resizePlane } from './resizeMaps.js';
export {
  type SafetensorsEntry,
  type SafetensorsHeader,
  SafetensorsProblem,
  type SafetensorsType,
  readSafetensorsHeader,
  safetensorsByteLength,
  shortName,
} from './safetensors.js';
export { SeedSequence } from './seedSequence.js';
export { shellQuoted } from './shellQuoted.js';
export { Tensor, concatenate, swapFramesAndChannels } from './tensor.js';
export {
  encodeTensorRecord,
  findTensorRecord,
  readTensorRecord,
  recordBytes,
  type RecordPlace,
  type TensorRecord,
} from './tensorRecord.js';
export { TimeLimitError, withinProcessorTime, withinTime } from './timeLimit.js';
export { weightedSum } from './weightedSum.js';
