import { ArgumentError, type Tensor } from '../../core/index.js';
import { blend, guidedPrediction, refuseStepOptions } from '../../diffusion/index.js';
import { defineMethod } from '../editingMethod.js';
import { wholeNumberOption } from '../methodOption.js';
import { ownStep } from '../ownStep.js';
import { atLevel, broughtUp, levelsOf, resampledSteps } from '../resampling.js';
import { noisedStart, stepsOf } from '../strength.js';

/** What RePaint can be told beside its strength. */
export interface RepaintSettings {
  /** With `repaint`: steps that it goes back up in noise at a time, 1 or more and fewer than are run; 2 by default. The paper has 10 of 250. */
  jumpLength: number;
  /** With `repaint`: how often each such stretch is gone over, 1 or more; 4 by default, 1 for no resampling. The paper has 10. */
  jumpNSample: number;
}

/**
 * RePaint: draws what a mask marks anew, from noise at a strength of 1, while the source, noised afresh at every step, stands around it; and goes back up in noise now and
 * then, so that what is drawn and what stands around it come to agree, which a single descent leaves to the last steps.
 *
 * Lugmayr et al. 2022, algorithm 1, with any scheduler in the place of DDPM's step: η 1 makes DDIM's that. What a scheduler remembers of earlier steps is forgotten at every
 * jump.
 */
export const repaint = defineMethod<RepaintSettings>({
  name: 'repaint',
  title: 'RePaint',
  about: 'fills in what a mask marks, going back up in noise so that it fits its surroundings',
  suits:
    'Things that come or go within a mask, with models that have no channels for one: what is drawn anew goes on from what stands around it. Slow, since most steps are taken several times.',
  paper: 'Lugmayr et al. 2022, "RePaint: Inpainting using Denoising Diffusion Probabilistic Models"',
  cost: '2 a step, and every step but the first few jumpNSample times',
  strength: 1,
  ownLoop: true,
  takesByFrame: ['guidanceScale', 'attentionControl', 'loraWeights'],
  options: {
    jumpLength: wholeNumberOption('steps that it goes back up in noise at a time, fewer than are run', 1, 1000, 2),
    jumpNSample: wholeNumberOption('how often each such stretch is gone over; 1 for no resampling', 1, 100, 4),
  },
  prepare(run, { strength, jumpLength, jumpNSample }) {
    const { options, family, model } = run;
    refuseStepOptions(options, 'repaint');
    if (options.mask === undefined)
      throw new ArgumentError(
        'mask',
        undefined,
        'given with the method "repaint", which fills in what it marks: a rectangle, a picture or a word',
      );
    if (family.seesMask)
      throw new ArgumentError(
        'method',
        'repaint',
        `"sdedit" with ${model.name}: ${family.title} sees the mask, and what stands around it, by itself`,
      );
    const { order } = run.newScheduler(strength);
    const calls = stepsOf(run, strength);
    const steps = Math.ceil(calls / order);
    if (jumpNSample > 1 && jumpLength >= steps)
      throw new ArgumentError(
        'jumpLength',
        jumpLength,
        `below ${steps}, the steps that are run; more with a greater numInferenceSteps, or jumpNSample 1 for no resampling`,
      );
    const path = resampledSteps(steps, jumpLength, jumpNSample);
    const entriesOf = (step: number) => Array.from({ length: Math.min(order, calls - step * order) }, (_, i) => step * order + i);
    const total = path.reduce((sum, step) => sum + entriesOf(step).length, 0);
    return {
      steps: total,
      async edit(window) {
        const { source, frames, mask } = window;
        const start = noisedStart(run, strength, window, strength === 1);
        const levels = levelsOf(run.newScheduler(strength)).slice(start.beginIndex);
        const guidanceAt = await run.guide(frames);
        let { scheduler, latents } = start;
        let done = 0;
        for (const [i, step] of path.entries()) {
          const before = i === 0 ? -1 : path[i - 1]!;
          if (step !== before + 1) {
            scheduler = run.newScheduler(strength);
            scheduler.setBeginIndex(start.beginIndex + step * order);
            latents = broughtUp(latents, levels[entriesOf(before).at(-1)! + 1]!, levels[step * order]!, run.noise);
          }
          for (const entry of entriesOf(step)) {
            const predict = (input: Tensor, timestep: number) =>
              run.stopwatch.measure(
                'unet',
                async () => (await guidedPrediction(run.unet, input, timestep, guidanceAt({ index: entry, steps: calls }))).guided,
              );
            const after = (unknown: Tensor) => blend(mask!.latents, unknown, atLevel(source, levels[entry + 1]!, run.noise));
            const at = { scheduler, entry: start.beginIndex + entry, step: ++done, steps: total, latents, frames };
            const next = await ownStep(run, { ...at, noise: run.noise, eta: options.eta, predict, after });
            if (next.stop) return { latents: next.latents };
            latents = next.latents;
          }
        }
        return { latents };
      },
    };
  },
});
