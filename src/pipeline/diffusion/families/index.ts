/** Kinds of latent diffusion models, and what each feeds its network; ControlNets, which go with all of them. */
export { controlFrames, controlsOf, type Control, type GuidanceStep, isActive } from './control.js';
export { familyOf } from './familyOf.js';
export type { ConditionedRun, EditRegion, FamilyRun, KeptLatents, ModelFamily, ShownFrames } from './modelFamily.js';
