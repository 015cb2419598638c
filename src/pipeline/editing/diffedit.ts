import { denoise } from '../diffusion/denoise.js';
import { requireNumber } from '../diffusion/prepare.js';
import { FrameloomError } from '../errors.js';
import type { Conditioning } from '../model/unet.js';
import { findChangeMask } from './changeMask.js';
import type { EditingMethod } from './editingMethod.js';
import { invert } from './inversion.js';
import { beginIndexFor } from './sdedit.js';

/**
 * DiffEdit: changes what the prompt changes and keeps the rest.
 *
 * An automatic mask says where the two prompts disagree; the source is inverted and denoised again towards the target,
 * and outside the mask every step is overwritten with what the inversion had there. Background and motion stay.
 * Couairon et al. 2022, "DiffEdit". Works with DDIM, which alone can be run backwards exactly enough.
 *
 * @param strength share of the schedule that is inverted and run again, above 0 up to 1.
 * @param source what the source shows; the empty prompt where nobody said.
 */
export function diffedit(strength: number, source: Conditioning): EditingMethod {
  requireNumber('strength', strength, 0, 1);
  return {
    name: 'diffedit',
    keepsSource: true,
    steps: (run) => run.numInferenceSteps - beginIndexFor(strength, run.numInferenceSteps),
    async edit(run, { source: clean, frames, onStep }) {
      const { options, guidance, stopwatch, model } = run;
      const scheduler = run.newScheduler();
      if (scheduler.className !== 'DDIMScheduler') {
        throw new FrameloomError('FL_SCHEDULER_METHOD', `The editing method diffedit inverts the source and needs DDIMScheduler, but the scheduler is ${scheduler.className}. Leave the scheduler out, or use the method sdedit.`);
      }
      const begin = beginIndexFor(strength, run.numInferenceSteps);
      const mask = await findChangeMask(run, clean, source, guidance.positive);
      const inverted = await invert(run, clean, source, run.numInferenceSteps - begin, () => undefined);
      scheduler.setBeginIndex(begin);
      return denoise({
        unet: model.unet, scheduler, beginIndex: begin, latents: inverted.get(scheduler.timesteps[begin]!)!, guidance, noise: run.noise, eta: options.eta ?? 0,
        frames, onStep, callbackOnStepEnd: options.callbackOnStepEnd, signal: options.signal, stopwatch, observer: run.recorder,
        keep: { mask, outside: scheduler.timesteps.map((_, index) => inverted.get(scheduler.timesteps[index + 1] ?? -1)) },
      });
    },
  };
}
