import { ArgumentError, concatenate, type Tensor, weightedSum } from '../../core/index.js';
import { conditionTerms } from '../../diffusion/index.js';
import { crossFrame } from '../../networks/index.js';
import { defineMethod } from '../editingMethod.js';
import { numberOption } from '../methodOption.js';
import { wayBack } from '../sourcePath.js';

/** What Pix2Video can be told beside its strength. */
export interface Pix2videoSettings {
  /**
   * With `pix2video`: how far each step moves a frame's latents to what is predicted of the frame before, 0 … 1; 0.012 by default. The authors' descent by 100 times the
   * mean squared error, of 4 × 64 × 64 latents.
   */
  updateScale: number;
  /** With `pix2video`: share of the schedule, 0 … 1, whose steps are moved; 0.5 by default. */
  updateSteps: number;
}

/** The frames whose keys and values each takes. */
const sources = ['first', 'previous'] as const;

/**
 * Pix2Video: edits from the inverted source, each frame with the keys and values of self-attention of the first frame and of the one before it, and moved, while layout
 * is made, to the clean latents that are predicted of the one before.
 *
 * Ceylan et al. 2023. The authors go frame by frame and remember the features of every step; all frames step by step is the same, for a frame only looks back. The
 * gradient of the squared distance between the predictions, whose noise is held fixed, has a closed form: their difference. Their depth model is not needed; it keeps
 * shapes better.
 */
export const pix2video = defineMethod<Pix2videoSettings>({
  name: 'pix2video',
  title: 'Pix2Video',
  about: 'has frames look at the first and the one before, and follow it',
  suits: 'Clips edited by a picture model: looks and subjects that are to stay the same from frame to frame.',
  paper: 'Ceylan et al. 2023, "Pix2Video: Video Editing using Image Diffusion"',
  cost: '2 a step, over all frames of a window together; before, 1 a step for the inversion',
  strength: 1,
  invertsSource: true,
  ownLoop: true,
  takesByFrame: ['guidanceScale'],
  work: ({ unet }) => ({ together: true, rewrites: [crossFrame(unet, sources)], ownToo: true }),
  options: {
    updateScale: numberOption('how far a step moves a frame to what is predicted of the one before', 0, 1, 0.012),
    updateSteps: numberOption('share of the schedule whose steps are moved so', 0, 1, 0.5),
  },
  async prepare(run, { strength, sourcePrompt, updateScale, updateSteps }) {
    const { options, model } = run;
    if (options.crossFrame !== undefined)
      throw new ArgumentError(
        'crossFrame',
        options.crossFrame,
        'left out with the method "pix2video": its frames look at the first and the one before',
      );
    for (const name of ['pagScale', 'sagScale'] as const)
      if ((options[name] ?? 0) > 0)
        throw new ArgumentError(name, options[name], 'left out, or 0, with the method "pix2video", whose frames look at each other');
    const looks = crossFrame(model.unet, sources);
    const way = await wayBack(run, { strength, sourcePrompt });
    const { steps, preparation } = way;
    return {
      steps,
      preparation,
      async edit({ source: clean, frames }) {
        const { start } = await way.go(clean, frames);
        const guidanceAt = await run.guide(frames);
        const latents = await run.denoise({
          ...start,
          guidanceAt: (step) => conditionTerms(guidanceAt(step), (told) => ({ ...told, rewrites: [...(told.rewrites ?? []), looks] })),
          refine: (after, predicted, index) =>
            index < updateSteps * start.scheduler.timesteps.length && updateScale > 0
              ? followingFrames(after, predicted, updateScale)
              : after,
        });
        return { latents };
      },
    };
  },
});

/** Latents moved by a share of what each frame's prediction differs in from that of the one before. */
function followingFrames(latents: Tensor, predicted: Tensor, share: number): Tensor {
  const frames = predicted.dims[0]!;
  const before = concatenate([predicted.slice(0, 1), predicted.slice(0, frames - 1)]);
  return weightedSum([1, latents], [-share, predicted], [share, before]);
}
