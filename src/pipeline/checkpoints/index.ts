/** Checkpoints as people have them, diffusers folders and single files of safetensors, as graphs. */
export { type NetworkFiles, buildDenoiser, buildVae } from './buildNetworks.js';
export { hasPartWeights, readPartWeights } from './partWeights.js';
export { type SingleFile, readControlNetFile, readMotionFile, readSingleFile, readVaeFile } from './singleFile.js';
