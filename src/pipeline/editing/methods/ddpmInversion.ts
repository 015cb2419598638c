import type { Tensor } from '../../core/index.js';
import { guidedBySource, guidedPrediction, refuseStepOptions, unguidedBy } from '../../diffusion/index.js';
import { defineMethod } from '../editingMethod.js';
import { numberOption } from '../methodOption.js';
import { findNoiseMaps, replayed } from '../noiseMaps.js';
import { ownStep } from '../ownStep.js';
import type { SourceGuidanceSettings } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/**
 * Edit-friendly DDPM inversion: finds the noise that a stochastic scheduler would have drawn to make the source, and draws it again towards the prompt.
 *
 * Huberman-Spiegelglas et al. 2023. The noise of each level is independent of the others', which prints the source's layout on it more strongly than
 * sampling does. Told the source's caption again, the run ends at the source itself. The authors keep .64 of 100 steps and guide by 3.5 and 15.
 */
export const ddpmInversion = defineMethod<SourceGuidanceSettings>({
  name: 'ddpm-inversion',
  title: 'Edit-friendly DDPM inversion',
  about: 'draws again, towards the prompt, the noise that makes the source',
  suits: 'Small changes of a scene whose layout is to stay: the noise itself holds the source.',
  paper: 'Huberman-Spiegelglas et al. 2023, "An Edit Friendly DDPM Noise Space: Inversion and Manipulations"',
  cost: '2 a step; before, 2 a step for the inversion (1 without the source’s caption)',
  strength: 0.64,
  replaysNoise: true,
  ownLoop: true,
  takesByFrame: ['guidanceScale'],
  options: {
    sourceGuidanceScale: numberOption("guidance of the source's predictions; 1 or less for none", 0, 100, 3.5),
  },
  async prepare(run, { strength, sourcePrompt, sourceGuidanceScale }) {
    refuseStepOptions(run.options, 'ddpm-inversion');
    const source = await run.condition(sourcePrompt ?? '');
    const begin = beginIndexFor(strength, run.numInferenceSteps);
    const steps = run.newScheduler().timesteps.length - begin;
    const inversionStep = sourcePrompt && sourceGuidanceScale > 1 ? 1 : 0.5;
    return {
      steps,
      preparation: inversionStep * steps,
      async edit({ source: clean, frames }) {
        const guidanceAt = await run.guide(frames);
        const told = guidanceAt({ index: 0, steps });
        const bySource = sourcePrompt ? guidedBySource(told, source, sourceGuidanceScale) : unguidedBy(told, source);
        const found = await findNoiseMaps(run, clean, begin, bySource, () => run.progress.prepared('invert', inversionStep));
        const scheduler = run.newScheduler();
        scheduler.setBeginIndex(begin);
        let latents = found.start;
        for (const [index, map] of found.maps.entries()) {
          const predict = (input: Tensor, timestep: number) =>
            run.stopwatch.measure(
              'unet',
              async () => (await guidedPrediction(run.unet, input, timestep, guidanceAt({ index, steps }))).guided,
            );
          const at = { scheduler, entry: begin + index, step: index + 1, steps, latents, frames };
          const next = await ownStep(run, { ...at, noise: replayed(map), eta: 1, predict });
          if (next.stop) return { latents: next.latents };
          latents = next.latents;
        }
        return { latents };
      },
    };
  },
});
