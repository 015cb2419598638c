/** Checkpoints as people have them, diffusers folders and single files of safetensors, as graphs. */
export { readValues } from './tensorValues.js';
export { type NetworkFiles, buildDenoiser, buildTextEncoder, buildVae, isLtx, isWan } from './buildNetworks.js';
export { loraErrors } from './loraErrors.js';
export { type LoraFile, readLoraFile } from './loraFile.js';
export type { LoraPart } from './loraNames.js';
export { hasPartWeights, readCheckpointHeader, readPartWeights } from './partWeights.js';
export { isLtxFile, type LtxFile, readLtxFile } from './ltxFile.js';
export { readWanFile, wanWeights } from './wanFile.js';
export { TINY_CLIP_AUTOENCODER } from './inferConfig.js';
export { type SingleFile, readControlNetFile, readMotionFile, readSingleFile, readVaeFile } from './singleFile.js';
