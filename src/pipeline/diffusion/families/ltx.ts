import { ArgumentError } from '../../core/index.js';
import { clipPositions, type NamedInputs, type NetworkCall } from '../../networks/index.js';
import { conditionTerms } from '../guidance.js';
import { checkLtxConditions, ltxConditions } from './ltxConditions.js';
import type { FamilyRun, ModelFamily } from './modelFamily.js';

/**
 * LTX-Video, a video transformer on flow's path that is told at which second of the clip a latent frame stands; edits noise the clip's latents and denoise them, as
 * diffusers' `WanVideoToVideoPipeline` does with Wan's. Clips go on from pictures and clips (`conditions`), whose latent frames are told to be clean.
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
  options: ['decodeTimestep', 'decodeNoiseScale', 'conditions'],
  check(run, edits) {
    const { model, options } = run;
    checkLtxConditions(run, edits);
    const { decodeTimestep, decodeNoiseScale } = options;
    for (const [name, value] of Object.entries({ decodeTimestep, decodeNoiseScale }))
      if (value !== undefined && !model.vae.decodesNoise)
        throw new ArgumentError(name, value, `left out with ${model.name}, whose decoder is not told how noisy its latents are`);
  },
  condition: ltxConditions,
  guide: (run, { conditioned }) => {
    const positions = positionsOf(run, conditioned?.leadingAt);
    const inputs = ({ latents, timestep }: NetworkCall): Promise<NamedInputs> =>
      Promise.resolve({ ...positions(latents.dims), ...(conditioned && { timestep: conditioned.timesteps(timestep) }) });
    return Promise.resolve(conditionTerms(run.guidance, (told) => ({ ...told, inputs })));
  },
};

/** Positions of latents `[frames, channels, height, width]`, made once as long as they keep their size. @param leadingAt as in `PlacedClip`. */
function positionsOf(
  { model: { unet, vae }, fps }: FamilyRun,
  leadingAt: readonly number[] = [],
): (dims: readonly number[]) => NamedInputs {
  let made: { readonly size: string; readonly inputs: NamedInputs } | undefined;
  return (dims) => {
    const [frames, , height, width] = dims as [number, number, number, number];
    const { temporalScaleFactor, scaleFactor } = vae;
    const causal = unet.config.causal_positions === true;
    const place = { frames, height, width, leadingAt, temporalScaleFactor, scaleFactor, fps, causal };
    if (made?.size !== dims.join()) made = { size: dims.join(), inputs: clipPositions(place, unet.positionFrequencies!) };
    return made.inputs;
  };
}
