import { basename } from 'node:path';
import type { SafetensorsEntry } from '../core/index.js';
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
export function layLora({ file, parts, differences }: LoraFile, part: LoraPart, weights: Weights): LoraLayers {
  const known = layersByName(part, weights.tensors.keys());
  const unknown = [...new Set([...parts[part].keys(), ...differences[part].keys()])].filter((layer) => !known.has(layer));
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
    if (!isLayer || !fits) throw loraErrors.otherShape(file, path, [down.dims, up.dims], basename(weights.source), dims);
    if (layers.has(path)) throw loraErrors.twice(file, path);
    layers.set(path, { down, up, rank, scale });
  }
  return { layers, differences: tensorsChanged() };

  /** What is added as it is, by the names of the network's tensors. */
  function tensorsChanged(): Map<string, SafetensorsEntry> {
    const changed = new Map<string, SafetensorsEntry>();
    for (const [name, { weight, bias }] of differences[part])
      for (const [kind, entry] of Object.entries({ weight, bias })) {
        const tensor = `${known.get(name)!}.${kind}`;
        if (entry === undefined) continue;
        if (!weights.has(tensor)) throw loraErrors.otherModel(file, weights.source, [tensor]);
        if (weights.dims(tensor).join() !== entry.dims.join())
          throw loraErrors.otherShape(file, tensor, entry.dims, basename(weights.source), weights.dims(tensor));
        if (changed.has(tensor)) throw loraErrors.twice(file, tensor);
        changed.set(tensor, entry);
      }
    return changed;
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, length) => all * length, 1);
}
