import { ArgumentError, concatenate, swapFramesAndChannels, Tensor } from '../../core/index.js';
import { joinChannels, type NamedInputs } from '../../networks/index.js';
import { conditionTerms } from '../guidance.js';
import type { FamilyRun, ModelFamily, ShownFrames } from './modelFamily.js';
import { referenceLatents } from './referencePictures.js';
import { foldedMask, vacePixels } from './vacePixels.js';

/**
 * Wan 2.1 VACE: beside the latents, the transformer is shown a control of the same size, as diffusers' `WanVACEPipeline` makes it: the latents of what is kept of a
 * clip, those of what is to change, and the mask that parts them; pictures to keep to stand before them as latent frames of their own.
 *
 * An edit with a mask paints its bright places anew, guided there by the control clip where one is given; without a mask the whole clip follows the control clip, or
 * the source itself. A mask that is dark at some frames alone keeps those: first and last frame, or the beginning of a clip that goes on.
 */
export const wanVace: ModelFamily = {
  title: 'Wan 2.1 VACE',
  paper: 'Jiang et al. 2025, "VACE: All-in-One Video Creation and Editing"',
  furtherChannels: () => 0,
  compressesTime: true,
  takesHints: true,
  toldPositions: false,
  encodesMean: true,
  runsBackwards: false,
  strength: 1,
  drawsWhatItShows: false,
  startsFromNoise: true,
  seesMask: true,
  options: ['referenceImages', 'conditioningScale'],
  showsControlClip: true,
  check({ model, options }, edits) {
    const { controlClip, controlEdges, conditioningScale } = options;
    for (const [name, value] of Object.entries({ controlClip, controlEdges }))
      if (Array.isArray(value)) throw new ArgumentError(name, value, `one for ${model.name}, which is shown one control clip`);
    if (!edits && controlEdges && !controlClip)
      throw new ArgumentError('controlEdges', controlEdges, 'left out where there is neither a clip to edit nor a controlClip');
    const { count } = model.unet.hints!;
    if (Array.isArray(conditioningScale) && conditioningScale.length !== count)
      throw new ArgumentError('conditioningScale', conditioningScale, `one number, or ${count}: one for each hint of ${model.name}`);
  },
  leadingLatents: (run) => referenceLatents(run),
  async guide(run, shown) {
    const { conditioningScale = 1 } = run.options;
    const { count } = run.model.unet.hints!;
    const scales = typeof conditioningScale === 'number' ? Array<number>(count).fill(conditioningScale) : conditioningScale;
    const inputs: NamedInputs = {
      control_hidden_states: swapFramesAndChannels(await controlOf(run, shown)),
      control_hidden_states_scale: new Tensor(Float32Array.from(scales), [count]),
    };
    return conditionTerms(run.guidance, (told) => ({ ...told, inputs: () => Promise.resolve(inputs) }));
  },
};

/** The control, `[leading + latent frames, 2 · channels + places of a mask, h, w]`. */
async function controlOf(run: FamilyRun, shown: ShownFrames): Promise<Tensor> {
  const { calls, model } = run;
  const { vae } = model;
  const { kept, changed, levels } = await vacePixels(run, shown);
  const latents = joinChannels(
    await vae.encodePixels(kept, undefined, calls.aside),
    await vae.encodePixels(changed, undefined, calls.aside),
  );
  const control = joinChannels(latents, foldedMask(levels, vae, run.size));
  const { leading } = shown;
  if (!leading) return control;
  const [frames, channels, height, width] = leading.dims as [number, number, number, number];
  // Nothing of a picture changes, and no mask lies over it.
  const nothing = Tensor.zeros([frames, control.dims[1]! - channels, height, width]);
  return concatenate([joinChannels(leading, nothing), control]);
}
