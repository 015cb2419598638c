import { Tensor } from '../../core/index.js';
import { diffusionErrors } from '../errors.js';
import { eachWeight, type Guidance } from '../guidance.js';
import type { ModelFamily } from './modelFamily.js';

/** diffusers' default. */
const IMAGE_GUIDANCE_SCALE = 1.5;

/**
 * InstructPix2Pix: the prompt is an instruction ("make it snow"), and the network is shown the source's own latents, unscaled, in channels of its own.
 *
 * Two scales guide it, how closely to follow the instruction (s_T) and how closely to keep to the picture (s_I), as diffusers'
 * `StableDiffusionInstructPix2PixPipeline` combines them: `e(∅, ∅) + s_I · (e(I, ∅) − e(∅, ∅)) + s_T · (e(I, T) − e(I, ∅))`, equation 3 of the paper.
 */
export const instructPix2Pix: ModelFamily = {
  title: 'InstructPix2Pix',
  paper: 'Brooks et al. 2023, "InstructPix2Pix: Learning to Follow Image Editing Instructions"',
  furtherChannels: (latentChannels) => latentChannels,
  strength: 1,
  compressesTime: false,
  takesHints: false,
  toldPositions: false,
  encodesMean: false,
  runsBackwards: false,
  drawsWhatItShows: false,
  startsFromNoise: true,
  seesMask: false,
  options: ['imageGuidanceScale'],
  check({ model }, edits) {
    if (!edits) throw diffusionErrors.onlyEdits(model.name);
  },
  async guide({ model, guidance, options, calls }, { pictures }) {
    // The mean, as it was trained; and unscaled, which UNets of other channels are not.
    const encoded = await model.vae.encode(pictures!, undefined, calls.aside);
    const { scalingFactor, shiftFactor } = model.vae;
    return guideByPicture(
      guidance,
      encoded.map((value) => value / scalingFactor + shiftFactor),
      options.imageGuidanceScale ?? IMAGE_GUIDANCE_SCALE,
    );
  },
};

function guideByPicture({ terms, rescale }: Guidance, picture: Tensor, imageScale: number): Guidance {
  const [prompt, negative] = terms;
  const seen = { ...prompt.conditioning, channels: picture };
  if (!negative) return { terms: [{ conditioning: seen, weight: 1 }], rescale };
  const scale = prompt.weight;
  return {
    terms: [
      { conditioning: seen, weight: scale },
      { conditioning: { ...negative.conditioning, channels: picture }, weight: eachWeight(scale, (each) => imageScale - each) },
      { conditioning: { ...negative.conditioning, channels: Tensor.zeros(picture.dims) }, weight: 1 - imageScale },
    ],
    rescale,
  };
}
