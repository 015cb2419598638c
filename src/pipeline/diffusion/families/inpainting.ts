import { ArgumentError, Tensor } from '../../core/index.js';
import { joinChannels } from '../../networks/index.js';
import { conditionTerms } from '../guidance.js';
import type { FamilyRun, ModelFamily, ShownFrames } from './modelFamily.js';

/** The level that stands for 0 in −1…1, halfway between 127 and 128. */
const GRAY = 127.5;

/** From this value on a place is painted anew, as in diffusers. */
const INSIDE = 0.5;

/**
 * Inpainting models: the network is shown where to paint (a mask of latent places) and the picture with that part grayed out, in five channels behind the
 * latents, as diffusers' `StableDiffusionInpaintPipeline` feeds them. Without a source everything is painted.
 */
export const inpainting: ModelFamily = {
  title: 'Stable Diffusion, inpainting',
  paper: 'Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models", section 4.5',
  furtherChannels: (latentChannels) => 1 + latentChannels,
  strength: 1,
  compressesTime: false,
  takesHints: false,
  toldPositions: false,
  encodesMean: false,
  runsBackwards: false,
  drawsWhatItShows: true,
  startsFromNoise: true,
  seesMask: true,
  options: [],
  check({ model, options: { mask } }, edits) {
    if (edits && !mask)
      throw new ArgumentError(
        'mask',
        mask,
        `a Mask (--region), or a Video (--mask) whose bright places ${model.name}, an inpainting model, is to paint anew`,
      );
  },
  async guide(run, shown) {
    const { model, generator, calls } = run;
    const { places, grayed } = maskedPictures(run, shown);
    const channels = joinChannels(places, await model.vae.encodePixels(grayed, generator, calls.aside));
    return conditionTerms(run.guidance, (told) => ({ ...told, channels }));
  },
};

/** The mask at the latents' places, `[frames, 1, h, w]`, and the pictures `[frames, 3, height, width]` in −1…1 with 0 where the mask is. */
function maskedPictures({ model, size }: FamilyRun, { frames, pictures, region }: ShownFrames): { places: Tensor; grayed: Tensor } {
  const [count, , height, width] = model.latentDims(frames.end - frames.start, size) as [number, number, number, number];
  const grayed = Tensor.zeros([count, 3, size.height, size.width]);
  const places = Tensor.zeros([count, 1, height, width]);
  const { scaleFactor } = model.vae;
  for (let frame = 0; frame < count; frame++) {
    const area = size.width * size.height;
    const inside = insideOf(region?.pixels.data.subarray(frame * area, (frame + 1) * area), area);
    for (let i = 0; i < area; i++)
      for (let channel = 0; channel < 3; channel++)
        if (!inside[i]) grayed.data[(frame * 3 + channel) * area + i] = pictures![frame]!.data[3 * i + channel]! / GRAY - 1;
    // The nearest pixel of each place is its first, as torch's `interpolate` takes it.
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        places.data[(frame * height + y) * width + x] = inside[y * scaleFactor * size.width + x * scaleFactor]!;
  }
  return { places, grayed };
}

/** 1 where a mask is; everywhere where there is none. */
function insideOf(mask: Float32Array | undefined, area: number): Uint8Array {
  return mask ? Uint8Array.from(mask, (value) => (value >= INSIDE ? 1 : 0)) : new Uint8Array(area).fill(1);
}
