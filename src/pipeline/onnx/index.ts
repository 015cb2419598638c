/** ONNX graphs, read and rewritten without their weights. */
export { type AttentionKind, type AttentionSite, type AttentionTap, type AttentionTapRequest, keptHeads } from './attention.js';
export { type FoundAttention, extentOf, findAttention } from './attentionSites.js';
export { megabytes, onnxErrors } from './errors.js';
export { GraphRewriter } from './graphRewriter.js';
export { inferShapes } from './inferShapes.js';
export { type InputSizes, type NetworkInputs, fixedSizes, inputShapes, tellingSizes } from './networkInputs.js';
export type { OnnxModel } from './onnxModel.js';
export { readModel } from './readModel.js';
export type { Shape } from './shapeArithmetic.js';
export { TOKENS_INPUT, tapAttention } from './tapAttention.js';
export { type RewrittenModel, writeModel } from './writeModel.js';
