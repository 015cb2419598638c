/** How a clip is edited: methods, masks, and what decides between them. */
export { afterEdit } from './afterEdit.js';
export { type ChangeMapOptions, findChangeMap } from './changeMask.js';
export { aloneBefore, besideSubject, canKeepShapes, checkAdvice, type EditPlan, planByCaptions, planByOptions } from './chooseMethod.js';
export { commonEditChecks } from './commonChecks.js';
export {
  checkEdited,
  checkPrepared,
  defineMethod,
  type EditedWindow,
  type EditingMethod,
  type EditSettings,
  type EditWindow,
  type PreparedMethod,
} from './editingMethod.js';
export {
  allMethods,
  canInvert,
  findMethod,
  foreignOptions,
  methodCheck,
  methodChecks,
  optionsOf,
  requireByFrame,
  requireScheduler,
  requireRunsBackwards,
  settingChecks,
  workOfMethod,
} from './findMethod.js';
export { type AfterEdit, type HeldFrame, HeldFrames } from './heldFrames.js';
export { maskFinder, type MaskFinder } from './foundMaps.js';
export { givenMask } from './givenMask.js';
export type { EditMask } from './editMask.js';
export { invert } from './inversion.js';
export { withInvertibleScheduler } from './invertibleScheduler.js';
export {
  choiceOption,
  flagOption,
  type MethodOption,
  type MethodOptions,
  numberOption,
  textOption,
  wholeNumberOption,
} from './methodOption.js';
export { type EditingMethodName, editingMethods, type SettingsOfMethods } from './methods/index.js';
export type { DiffeditSettings } from './methods/diffedit.js';
export type { LeditsEdit } from './leditsEdits.js';
export type { DdsSettings } from './methods/dds.js';
export type { SourceGuidanceSettings } from './sourceGuidance.js';
export type { ChannelsSettings } from './methods/channels.js';
export type { FloweditSettings } from './methods/flowedit.js';
export type { LeditsSettings } from './methods/ledits.js';
export type { PlugAndPlaySettings } from './methods/plugAndPlay.js';
export type { PromptToPromptMethodSettings } from './methods/promptToPrompt.js';
export type { Pix2videoSettings } from './methods/pix2video.js';
export type { RaveSettings } from './methods/rave.js';
export type { RepaintSettings } from './methods/repaint.js';
export type { EditVideoOptions, OwnMethodOptions, PlannedOptions, Shard } from './options.js';
export { readSource, type SourceReading } from './readSource.js';
export { steadyEdit, type SteadySettings } from './steadyEdit.js';
export { atSourceResolution, type Replaced } from './sourceResolution.js';
export { beginIndexFor, beginOf, leastStrength, startsFromNoise } from './strength.js';
