import { type ModelSource, type OnnxModel, readModel } from '../onnx/index.js';

/** What a graph's file says without its weights. */
export interface GraphHeader {
  /** Length of each axis by input, a name where it is free. */
  inputs: ReadonlyMap<string, readonly (number | string)[]>;
  /** Operators that only GPU builds of ONNX Runtime have kernels for. */
  gpuOperators: readonly string[];
}

/**
 * Operators of `com.microsoft` that ONNX Runtime's optimiser for Stable Diffusion writes into graphs and that have no
 * kernel for the processor (ONNX Runtime's own list, docs/OperatorKernels.md).
 */
const withoutCpuKernel = new Set([
  'GroupNorm',
  'SkipGroupNorm',
  'NhwcConv',
  'NhwcFusedConv',
  'BiasSplitGelu',
  'BiasAdd',
  'PackedAttention',
  'PackedMultiHeadAttention',
  'GemmFloat8',
  'FusedConvGrad',
]);

/** Reads the head of a graph; undefined where the file cannot be followed, which loading it will explain better. */
export function readHeader(source: ModelSource): GraphHeader | undefined {
  let model: OnnxModel;
  try {
    model = readModel(source);
  } catch {
    return undefined;
  }
  const inputs = new Map(model.inputs.map(({ name, dims }) => [name, dims]));
  const named = model.nodes
    .filter(({ domain, opType }) => domain === 'com.microsoft' && withoutCpuKernel.has(opType))
    .map(({ opType }) => opType);
  return { inputs, gpuOperators: [...new Set(named)].sort() };
}
