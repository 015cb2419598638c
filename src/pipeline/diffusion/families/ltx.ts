import { ArgumentError } from '../../core/index.js';
import { clipPositions, type NamedInputs } from '../../networks/index.js';
import { conditionTerms } from '../guidance.js';
import type { FamilyRun, ModelFamily } from './modelFamily.js';

/**
 * LTX-Video, a video transformer on flow's path that is told at which second of the clip a latent frame stands; edits noise the clip's latents and denoise them, as
 * diffusers' `WanVideoToVideoPipeline` does with Wan's.
 */
export const ltx: ModelFamily = {
  title: 'LTX-Video',
  paper: 'HaCohen et al. 2024, "LTX-Video: Realtime Video Latent Diffusion"',
  furtherChannels: () => 0,
  compressesTime: true,
  takesHints: false,
  toldPositions: true,
  encodesMean: true,
  runsBackwards: false,
  strength: 0.8,
  drawsWhatItShows: false,
  startsFromNoise: false,
  seesMask: false,
  options: ['decodeTimestep', 'decodeNoiseScale'],
  check({ model, options }) {
    const { decodeTimestep, decodeNoiseScale } = options;
    for (const [name, value] of Object.entries({ decodeTimestep, decodeNoiseScale }))
      if (value !== undefined && !model.vae.decodesNoise)
        throw new ArgumentError(name, value, `left out with ${model.name}, whose decoder is not told how noisy its latents are`);
  },
  guide: (run) => {
    const positions = positionsOf(run);
    return Promise.resolve(
      conditionTerms(run.guidance, (told) => ({ ...told, inputs: ({ latents }) => Promise.resolve(positions(latents.dims)) })),
    );
  },
};

/** Positions of latents `[frames, channels, height, width]`, made once as long as they keep their size. */
function positionsOf({ model: { unet, vae }, fps }: FamilyRun): (dims: readonly number[]) => NamedInputs {
  let made: { readonly size: string; readonly inputs: NamedInputs } | undefined;
  return (dims) => {
    const [frames, , height, width] = dims as [number, number, number, number];
    const { temporalScaleFactor, scaleFactor } = vae;
    const place = { frames, height, width, temporalScaleFactor, scaleFactor, fps, causal: unet.config.causal_positions === true };
    if (made?.size !== dims.join()) made = { size: dims.join(), inputs: clipPositions(place, unet.positionFrequencies!) };
    return made.inputs;
  };
}
