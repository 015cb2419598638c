import type { Tensor } from '../core/index.js';

/** How far a place's latents may be from those of another frame, root mean square over the channels, and it still counts as standing still; by a Gaussian. */
const STILL = 0.5;

/**
 * Edited latents in which what stands still in the source stands still: every place becomes the mean of what it is in the frames in which the source
 * shows the same there, those the more that are more alike.
 *
 * The joint bilateral filter (Petschnigg et al. 2004, "Digital Photography with Flash and No-Flash Image Pairs"; Eisemann & Durand 2004) over time, with the source as the guide.
 * It is made before decoding, so that nothing is softened but what differs from frame to frame.
 * @param edited `[frames, channels, height, width]`.
 * @param source clean latents of the same shape.
 * @param mask `[frames, 1, height, width]`: only places above 0.5 are averaged, and with one another.
 */
export function steadied(edited: Tensor, source: Tensor, mask: Tensor): Tensor {
  const [frames, channels, height, width] = edited.dims as [number, number, number, number];
  const places = height * width;
  const out = edited.map((value) => value);
  for (let place = 0; place < places; place++)
    for (let frame = 0; frame < frames; frame++) {
      if (mask.data[frame * places + place]! <= 0.5) continue;
      const sums = new Float64Array(channels);
      let weights = 0;
      for (let other = 0; other < frames; other++) {
        if (mask.data[other * places + place]! <= 0.5) continue;
        const weight = other === frame ? 1 : alike(source, frame, other, place);
        weights += weight;
        for (let c = 0; c < channels; c++) sums[c]! += weight * edited.data[(other * channels + c) * places + place]!;
      }
      for (let c = 0; c < channels; c++) out.data[(frame * channels + c) * places + place] = sums[c]! / weights;
    }
  return out;
}

/** How alike a place is in two frames, 0…1. */
function alike({ data, dims }: Tensor, frame: number, other: number, place: number): number {
  const [, channels, height, width] = dims as [number, number, number, number];
  const places = height * width;
  let squares = 0;
  for (let c = 0; c < channels; c++)
    squares += (data[(frame * channels + c) * places + place]! - data[(other * channels + c) * places + place]!) ** 2;
  return Math.exp(-squares / channels / (2 * STILL ** 2));
}
