import { defineMethod } from '../editingMethod.js';
import { beginOf, startsFromNoise } from '../strength.js';

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
  options: {},
  prepare(run, { strength }) {
    const begin = beginOf(run.newScheduler(strength), strength, run.numInferenceSteps);
    return {
      steps: run.newScheduler(strength).timesteps.length - begin,
      async edit({ source, frames }) {
        const scheduler = run.newScheduler(strength);
        const noise = run.noise.forFrames(frames.start, source.dims);
        scheduler.setBeginIndex(begin);
        const latents = startsFromNoise(run, strength)
          ? noise.map((value) => value * scheduler.initNoiseSigma)
          : scheduler.addNoise(source, noise, scheduler.timesteps[begin]!);
        return { latents: await run.denoise({ scheduler, beginIndex: begin, latents, frames }) };
      },
    };
  },
});
