/** Changes of the network by which a run is steered: each is a rewrite of the graph with what it is fed at each call. */
export { crossFrame, crossFrameCheck, type FrameSource } from './crossFrame.js';
export { freeU, freeUCheck, type FreeUFactors } from './freeU.js';
export { type AttentionTerms, lentAttention } from './lentAttention.js';
export type { Loan } from './lentCalls.js';
export { type FeatureTerms, lentFeatures } from './lentFeatures.js';
export { type MotionWindows, motionWindows } from './motionWindows.js';
export { perturbedAttention } from './perturbedAttention.js';
export { type RegionalPrompt, regionalPrompts } from './regionalPrompts.js';
export { smoothedAttention } from './smoothedAttention.js';
export { tokenWeights } from './tokenWeights.js';
