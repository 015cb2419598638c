import { basename } from 'node:path';
import type { LoraLayer, LoraLayers, Weights } from '../onnx/index.js';
import { loraErrors } from './loraErrors.js';
import type { LoraFile } from './loraFile.js';
import { layersByName, type LoraPart } from './loraNames.js';

/**
 * Finds the layers of a network that a LoRA changes.
 *
 * @param part which network it is.
 * @param weights its weights.
 * @throws {FrameloomError} `FL_LORA_MODEL` for a LoRA of another kind of model: a layer that the network has not, or that has other channels.
 */
export function layLora({ file, parts }: LoraFile, part: LoraPart, weights: Weights): LoraLayers {
  const known = layersByName(part, weights.tensors.keys());
  const unknown = [...parts[part].keys()].filter((layer) => !known.has(layer));
  if (unknown.length > 0) throw loraErrors.otherModel(file, weights.source, unknown);
  const layers = new Map<string, LoraLayer>();
  for (const [name, { down, up, scale }] of parts[part]) {
    const path = known.get(name)!;
    const dims = weights.dims(`${path}.weight`);
    const [out = 0, ...inputs] = dims;
    const [rank = 0] = down.dims;
    const isLayer = dims.length === 2 || dims.length === 4;
    const fits =
      down.dims.length >= 2 && product(down.dims) === rank * product(inputs) && up.dims[0] === out && product(up.dims) === out * rank;
    if (!isLayer || !fits) throw loraErrors.otherShape(file, path, { down: down.dims, up: up.dims }, basename(weights.source), dims);
    if (layers.has(path)) throw loraErrors.twice(file, path);
    layers.set(path, { down, up, rank, scale });
  }
  return layers;
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, length) => all * length, 1);
}
