/** ONNX graphs, read and rewritten without their weights. */
export {
  type AttentionKind,
  type AttentionSite,
  type AttentionTap,
  type AttentionTapRequest,
  isOverFrames,
  keptHeads,
} from './attention.js';
export { type BuiltAutoencoder, buildAutoencoder } from './build/autoencoder.js';
export type { BuiltModel, ChunkGraphs, WeightsFile } from './build/builtModel.js';
export { biasAttention, scoreBiasInput } from './biasAttention.js';
export { type ModelSource, nameOfSource } from './byteSource.js';
export { CACHE_INPUT, CACHE_OUTPUT } from './build/causalConvolution.js';
export { buildClipText } from './build/clipText.js';
export type { ConfigJson } from './build/configReader.js';
export { ROTARY_INPUTS } from './build/axisRotary.js';
export { GraphBuilder } from './build/graphBuilder.js';
export { buildControlNet } from './build/controlNet.js';
export type { BuildOptions } from './build/module.js';
export { LORA_STRENGTHS, type LoraLayer, type LoraLayers } from './build/loraLayers.js';
export { buildLtxAutoencoder } from './build/ltxAutoencoder.js';
export { buildLtxTransformer } from './build/ltxTransformer.js';
export { buildMotionUNet } from './build/motionUnet.js';
export { buildSpeedProbe, SPEED_PROBE } from './build/speedProbe.js';
export { buildTinyAutoencoder } from './build/tinyAutoencoder.js';
export { buildTinyClipAutoencoder } from './build/tinyClipAutoencoder.js';
export { type UNetBuildOptions, buildUNet } from './build/unet.js';
export { buildT5Encoder } from './build/t5Encoder.js';
export { buildWanAutoencoder } from './build/wanAutoencoder.js';
export { buildWanTransformer } from './build/wanTransformer.js';
export { Weights } from './build/weights.js';
export { type FoundAttention, extentOf, findAttention } from './attentionSites.js';
export { countBlocks, CUT_VALUES, cutBlocks, type CutPart } from './cutBlocks.js';
export { crossFrameAttention, FRAME_INDEX_INPUT } from './crossFrameAttention.js';
export { megabytes, onnxErrors } from './errors.js';
export { FREE_U_INPUT, freeU } from './freeU.js';
export { GraphRewriter } from './graphRewriter.js';
export { identityAttention } from './identityAttention.js';
export { mostScoreParts, takesHeadsApart } from './headProbabilities.js';
export { inferShapes } from './inferShapes.js';
export {
  borrowCrossAttention,
  borrowSelfAttention,
  LENT_SELF_INPUT,
  LENT_TOKENS_INPUT,
  lendAttention,
  OWN_TOKENS_INPUT,
} from './lentAttention.js';
export { borrowFeatures, LENT_FEATURES_INPUT, lendFeatures } from './lentFeatures.js';
export { type InputSizes, type NetworkInputs, fixedSizes, inputShapes, tellingSizes } from './networkInputs.js';
export type { OnnxModel, OnnxValue } from './onnxModel.js';
export { type GraphCosts, graphCosts } from './graphCosts.js';
export { plainAttention, plainProducts } from './plainOperators.js';
export { readModel } from './readModel.js';
export { readSentencePieces, type SentencePiece, type SentencePieces } from './readSentencePieces.js';
export { residualFeatures } from './residualFeatures.js';
export type { Shape } from './shapeArithmetic.js';
export { blurInput, smoothQueries } from './smoothQueries.js';
export { computedFrom } from './dataFlow.js';
export { TOKENS_INPUT, tapAttention } from './tapAttention.js';
export { TOKEN_WEIGHTS_INPUT, weighTokens, weighTokensByFrame } from './weighTokens.js';
export { WINDOW_FRAMES_INPUT, WINDOW_WEIGHTS_INPUT, windowedAttention } from './windowedAttention.js';
export { type RewrittenModel, writeModel } from './writeModel.js';
