import type { AttentionSite } from '../onnx/index.js';
import { concatenate, type Tensor } from '../core/index.js';
import { modelErrors } from './errors.js';

/** A prediction and the attention maps that were computed on the way. */
export interface TappedPrediction {
  /** As `UNet.predict` gives it, bit for bit. */
  prediction: Tensor;
  /**
   * Attention probabilities by site id; every row over all keys sums to 1. `heads` is 1 where they are averaged.
   * - cross: `[frames, heads, height, width, tokens]`, at the site's own resolution;
   * - self: `[frames, heads, places, places]` (queries, then keys; places are row-major `height × width`);
   * - temporal: `[places, heads, frames, frames]`;
   * - joint: `[1, heads, frames × places, frames × places]`.
   */
  attention: Map<string, Tensor>;
}

/**
 * Maps of one site as its graph gave them, call by call, in the shape that `TappedPrediction` promises.
 *
 * @param calls `[batch, heads, queries, keys]` each.
 * @param frames frames asked for; those beyond, which filled a fixed batch, are dropped.
 */
export function arrangeMaps(
  { id, kind, factor }: AttentionSite,
  calls: readonly Tensor[],
  frames: number,
  height: number,
  width: number,
): Tensor {
  const joined = calls.length === 1 ? calls[0]! : concatenate(calls);
  if (kind === 'temporal' || kind === 'joint') return joined;
  const maps = joined.slice(0, frames);
  if (kind === 'self') return maps;
  const [rows, heads, queries, tokens] = maps.dims as [number, number, number, number];
  const side = (length: number) => Math.ceil(length / (factor ?? Math.sqrt((height * width) / queries)));
  if (side(height) * side(width) !== queries || rows !== frames) {
    throw modelErrors.unsupported(
      `The attention maps of ${id} have the shape [${maps.dims.join(', ')}], which are not the places of ${frames} latents of ${height} × ${width}. Leave it out of the layers.`,
    );
  }
  return maps.reshape([rows, heads, side(height), side(width), tokens]);
}
