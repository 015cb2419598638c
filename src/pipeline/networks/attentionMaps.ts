import type { AttentionSite } from '../onnx/index.js';
import { concatenate, Tensor } from '../core/index.js';
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
   * - joint: `[1, heads, frames × places, frames × places]`;
   * - temporal and joint, taken `betweenFrames`: `[frames, heads, frames]`, those that look first.
   */
  attention: Map<string, Tensor>;
}

/** What a call was about. */
export interface MapsCall {
  /** Frames of the latents asked for; those beyond, which filled a fixed batch, are dropped. */
  readonly frames: number;
  /** Rows of the latents. */
  readonly height: number;
  /** Columns of the latents. */
  readonly width: number;
  /** Whether attention over frames was summed to frames. */
  readonly betweenFrames: boolean;
}

/**
 * Maps of one site as its graph gave them, call by call, in the shape that `TappedPrediction` promises.
 *
 * @param calls `[batch, heads, queries, keys]` each.
 */
export function arrangeMaps(
  { id, kind, factor }: AttentionSite,
  calls: readonly Tensor[],
  { frames, height, width, betweenFrames }: MapsCall,
): Tensor {
  const joined = calls.length === 1 ? calls[0]! : concatenate(calls);
  if (kind === 'temporal' || kind === 'joint') return betweenFrames ? headsBehindFrames(joined, frames) : joined;
  const [batch, heads, queries, tokens] = joined.dims as [number, number, number, number];
  const ofClip = kind === 'cross' && batch === 1 && frames > 1 && queries % frames === 0;
  const maps = ofClip ? headsBehindFrames(joined, frames) : joined.slice(0, frames);
  if (kind === 'self') return maps;
  const places = ofClip ? queries / frames : queries;
  const side = (length: number) => Math.ceil(length / (factor ?? Math.sqrt((height * width) / places)));
  if (side(height) * side(width) !== places || (!ofClip && maps.dims[0] !== frames)) {
    throw modelErrors.unsupported(
      `The attention maps of ${id} have the shape [${joined.dims.join(', ')}], which are not the places of ${frames} latents of ${height} × ${width}. Leave it out of the layers.`,
    );
  }
  return maps.reshape([frames, heads, side(height), side(width), tokens]);
}

/** `[1, heads, frames × places, keys]` to `[frames, heads, places × keys]`, as a clip seen at once gives them. */
function headsBehindFrames({ data, dims }: Tensor, frames: number): Tensor {
  const heads = dims[1]!;
  const size = data.length / (heads * frames);
  const out = new Float32Array(data.length);
  for (let head = 0; head < heads; head++)
    for (let frame = 0; frame < frames; frame++) {
      const from = (head * frames + frame) * size;
      out.set(data.subarray(from, from + size), (frame * heads + head) * size);
    }
  return new Tensor(out, [frames, heads, size]);
}
