import { denoise } from '../diffusion/denoise.js';
import { requireNumber } from '../diffusion/prepare.js';
import { FrameloomError } from '../errors.js';
import type { Conditioning } from '../model/unet.js';
import { defaultChangeMap, findChangeMap } from './changeMask.js';
import { type EditMaskOptions, makeEditMask } from './editMask.js';
import type { EditingMethod } from './editingMethod.js';
import { invert } from './inversion.js';
import { beginIndexFor } from './sdedit.js';

/** What one step of the inversion takes of a guided step, which asks the UNet twice. */
const INVERSION_STEP = 0.5;

/** What DiffEdit is to do. */
export interface DiffeditOptions extends EditMaskOptions {
  /** Share of the schedule that is inverted and run again, above 0 up to 1. */
  strength: number;
  /** What the source shows; the empty prompt where nobody said. */
  source: Conditioning;
  /** What the source is compared with to find the mask; the prompt when undefined. */
  contrast: Conditioning | undefined;
}

/**
 * DiffEdit: changes what the prompt changes and keeps the rest.
 *
 * An automatic mask says where the two prompts disagree; the source is inverted and denoised again towards the target,
 * and outside the mask every step is overwritten with what the inversion had there. Background and motion stay.
 * Couairon et al. 2022, "DiffEdit". Works with DDIM, which alone can be run backwards exactly enough.
 *
 * Another pair of prompts may find the mask: a subject is found best by asking for it in another colour.
 */
export function diffedit({ strength, source, contrast, ...masking }: DiffeditOptions): EditingMethod {
  requireNumber('strength', strength, 0, 1);
  return {
    name: 'diffedit',
    keepsSource: true,
    steps: (run) => run.numInferenceSteps - beginIndexFor(strength, run.numInferenceSteps),
    preparation: (run) => defaultChangeMap.maps + INVERSION_STEP * (run.numInferenceSteps - beginIndexFor(strength, run.numInferenceSteps)),
    async edit(run, { source: clean, pictures, frames, onPrepared, onStep }) {
      const { options, guidance, stopwatch, model } = run;
      const scheduler = run.newScheduler();
      if (scheduler.className !== 'DDIMScheduler') {
        throw new FrameloomError('FL_SCHEDULER_METHOD', `The editing method diffedit inverts the source and needs DDIMScheduler, but the scheduler is ${scheduler.className}. Leave the scheduler out, or use the method sdedit.`);
      }
      const begin = beginIndexFor(strength, run.numInferenceSteps);
      const map = await findChangeMap(run, clean, source, contrast ?? guidance.positive, () => onPrepared('mask', 1));
      const { latents: mask, pixels: area } = makeEditMask(map, pictures, masking);
      const inverted = await invert(run, clean, source, run.numInferenceSteps - begin, () => onPrepared('invert', INVERSION_STEP));
      scheduler.setBeginIndex(begin);
      const latents = await denoise({
        unet: model.unet, scheduler, beginIndex: begin, latents: inverted.get(scheduler.timesteps[begin]!)!, guidance, noise: run.noise, eta: options.eta ?? 0,
        frames, onStep, callbackOnStepEnd: options.callbackOnStepEnd, signal: options.signal, stopwatch, observer: run.recorder,
        keep: { mask, area, outside: scheduler.timesteps.map((_, index) => inverted.get(scheduler.timesteps[index + 1] ?? -1)) },
      });
      return { latents, area };
    },
  };
}
