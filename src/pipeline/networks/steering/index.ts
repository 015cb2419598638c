/** Changes of the network by which a run is steered: each is a rewrite of the graph with what it is fed at each call. */
export { crossFrame, crossFrameCheck, type FrameSource } from './crossFrame.js';
export { freeU, freeUCheck, type FreeUFactors } from './freeU.js';
export { perturbedAttention } from './perturbedAttention.js';
export { type RegionalPrompt, regionalPrompts } from './regionalPrompts.js';
export { tokenWeights } from './tokenWeights.js';
