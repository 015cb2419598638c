import { ArgumentError } from '../../core/index.js';
import { defineMethod } from '../editingMethod.js';
import { GridUNet } from '../gridUNet.js';
import { wholeNumberOption } from '../methodOption.js';
import { wayBack } from '../sourcePath.js';

/** What RAVE can be told beside its strength. */
export interface RaveSettings {
  /** With `rave`: frames in a row of a grid, and rows, 1…4; 3 by default, as the authors have it. */
  gridSize: number;
}

/**
 * RAVE: edits from the inverted source; at every step frames are laid into grids, which the network takes for one picture and draws alike, and are shuffled before the
 * next, so that all of them come together.
 *
 * Kara et al. 2024. ControlNets, with which the authors use it, are shown every frame by itself, and what they give is laid out as the frames are; the authors show them
 * the grids.
 */
export const rave = defineMethod<RaveSettings>({
  name: 'rave',
  title: 'RAVE',
  about: 'lets a picture model draw several frames as one picture, shuffled at every step',
  suits:
    'Looks of clips edited by a picture model, best with a ControlNet that holds the shapes: frames come out alike without any change of the network.',
  paper: 'Kara et al. 2024, "RAVE: Randomized Noise Shuffling for Fast and Consistent Video Editing with Diffusion Models"',
  cost: '2 a step, of pictures as large as a grid; before, 1 a step for the inversion, frame by frame',
  strength: 1,
  invertsSource: true,
  ownLoop: true,
  takesByFrame: ['guidanceScale'],
  work: (_, { gridSize }) => ({ grid: gridSize }),
  options: { gridSize: wholeNumberOption('frames in a row of a grid, and rows', 1, 4, 3) },
  async prepare(run, { strength, sourcePrompt, gridSize }) {
    const { model, options } = run;
    const { fixedSize, hasMotion } = model.unet;
    const refused = (why: string) => new ArgumentError('method', 'rave', `another with ${model.name}, ${why}`);
    if (hasMotion) throw refused('whose frames see each other already: RAVE is for picture models');
    if (fixedSize && gridSize > 1) throw refused('whose graph was exported for pictures of one size: a grid is larger');
    if (options.promptTravel)
      throw new ArgumentError('promptTravel', options.promptTravel, 'left out with the method "rave", whose grids have one text');
    const way = await wayBack(run, { strength, sourcePrompt });
    const { steps, preparation } = way;
    return {
      steps,
      preparation,
      async edit({ source: clean, frames }) {
        const { start } = await way.go(clean, frames);
        const unet = new GridUNet(run.unet, gridSize);
        const guidanceAt = await run.guide(frames);
        const latents = await run.denoise({
          ...start,
          unet,
          guidanceAt: (step) => {
            unet.shuffle(run.noise.permutation(clean.dims[0]!));
            return guidanceAt(step);
          },
        });
        return { latents };
      },
    };
  },
});
