import { ArgumentError, Tensor } from '../../core/index.js';
import { keptOutside } from '../../diffusion/index.js';
import { defineMethod } from '../editingMethod.js';
import { beginsOf, noisedStart, stepsOf } from '../strength.js';

/**
 * SDEdit: noise the source part of the way, then denoise it towards the prompt; what image-to-image in diffusers does.
 *
 * Meng et al. 2021. At a strength of 1 nothing but the noise's layout is kept.
 */
export const sdedit = defineMethod({
  name: 'sdedit',
  title: 'SDEdit',
  about: 'changes the whole picture',
  suits: 'Looks and motions: the source is noised part of the way and denoised towards the prompt.',
  paper: 'Meng et al. 2021, "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations"',
  cost: '2 a step',
  strength: 0.6,
  onlyStartsFromSource: true,
  takesByFrame: ['strength', 'guidanceScale', 'attentionControl', 'loraWeights'],
  options: {},
  prepare(run, { strength }) {
    if (run.schedules.strength && run.newScheduler().picksWithinStrength)
      throw new ArgumentError(
        'strength',
        'a schedule',
        `the same for all frames with ${run.newScheduler().className}, which picks all its steps by the strength`,
      );
    return {
      steps: stepsOf(run, strength),
      async edit(window) {
        const { source, frames, mask } = window;
        const { noise, ...start } = noisedStart(run, strength, window);
        const { scheduler, beginIndex } = start;
        const begins = beginsOf(run, frames, source.dims[0]!, run.numInferenceSteps)?.map((step) => step * scheduler.order);
        if (!begins) return { latents: await run.denoise(start) };
        const [rows, , ...place] = source.dims as [number, number, number, number];
        const region = { latents: mask?.latents ?? Tensor.zeros([rows, 1, ...place]).map(() => 1), source };
        const keep = { ...keptOutside(region, mask?.pixels, scheduler, beginIndex, noise), begins };
        return { latents: await run.denoise({ ...start, keep }) };
      },
    };
  },
});
