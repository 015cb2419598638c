import { concatenate, Tensor } from '../core/index.js';
import type { ObservedStep } from '../diffusion/index.js';

/**
 * A tensor by latent frames whose first ones stand before the clip's (pictures to keep to), with those behind the clip's own: what looks at a captured run takes the clip's
 * frames from the front.
 */
export function ownFirst(tensor: Tensor, leading: number): Tensor {
  return leading === 0 ? tensor : concatenate([tensor.slice(leading), tensor.slice(0, leading)]);
}

/** The same the other way round: as the network has them. */
export function leadingFirst(tensor: Tensor, leading: number): Tensor {
  return leading === 0 ? tensor : ownFirst(tensor, tensor.dims[0]! - leading);
}

/** A step as {@link ownFirst} has all that it is made of. */
export function stepOfOwnFrames(step: ObservedStep): ObservedStep {
  const { leadingFrames = 0, prediction } = step;
  if (leadingFrames === 0) return step;
  const own = (tensor: Tensor) => ownFirst(tensor, leadingFrames);
  const [first, ...others] = prediction.predictions;
  return {
    ...step,
    latents: own(step.latents),
    predOriginalSample: own(step.predOriginalSample),
    before: own(step.before),
    prediction: {
      guided: own(prediction.guided),
      predictions: [own(first), ...others.map(own)],
      attention: prediction.attention && new Map([...prediction.attention].map(([id, map]) => [id, keysBehind(own(map), leadingFrames)])),
    },
  };
}

/** Of attention between frames `[frames, heads, frames]`, those that are looked at likewise; other maps as they are. */
function keysBehind(map: Tensor, leading: number): Tensor {
  const [frames, heads, keys] = map.dims as [number, number, number];
  if (map.dims.length !== 3) return map;
  return Tensor.zeros([frames, heads, keys]).map((_, i) => {
    const key = i % keys;
    return map.data[i - key + ((key + leading) % keys)]!;
  });
}

/**
 * Attention between the clip's own frames, `[frames, heads, frames]`, of a map that has more behind them (pictures to keep to, the last frame again and again): every row
 * then sums to 1 over the clip's own.
 */
export function amongFrames(map: Tensor, frames: number): Tensor {
  const [rows, heads, keys] = map.dims as [number, number, number];
  if (rows === frames && keys === frames) return map;
  const own = Tensor.zeros([frames, heads, frames]);
  for (let row = 0; row < frames * heads; row++) {
    const looked = map.data.subarray(row * keys, row * keys + frames);
    const sum = looked.reduce((all, value) => all + value, 0);
    for (let key = 0; key < frames; key++) own.data[row * frames + key] = sum > 0 ? looked[key]! / sum : 0;
  }
  return own;
}
