import { type Tensor, weightedSum } from '../../core/index.js';
import type { Guidance } from '../../diffusion/index.js';
import { defineMethod } from '../editingMethod.js';
import { numberOption, wholeNumberOption } from '../methodOption.js';
import { guidedBySource, predictOriginal, requireForwardProcess } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/** What FlowEdit can be told beside its strength. */
export interface FloweditSettings {
  /** With `flowedit`: guidance of the predictions for the source, as `guidanceScale` is for the prompt's; 1.5 by default, 1 or less for none. */
  sourceGuidanceScale: number;
  /** With `flowedit`: noises that a step's difference is the mean over, 1 or more; 1 by default. The paper's n_avg. */
  noiseSamples: number;
}

/**
 * FlowEdit: moves the source by the difference of what the network predicts for the prompt and for what the source shows, from the same
 * noise. What the two agree on, and with it the source's detail, is never noised and stays.
 *
 * Kulikov et al. 2024, algorithm 1: at each level z ← z + (t′ − t)·(v(z + x_t − x) − v(x_t)), where x is the source, x_t the source with fresh
 * noise and v the velocity of a flow model. Networks of DDPM's path, ε or v, go the same way in the coordinates in which their ODE is
 * dx ⁄ dσ = ε, the sample divided by √ᾱ: z ← z + (σ′ − σ)·(ε(z + σn) − ε(x + σn)).
 */
export const flowedit = defineMethod<FloweditSettings>({
  name: 'flowedit',
  title: 'FlowEdit',
  about: "moves the source by what the prompt's and the source's predictions differ in",
  suits: 'Looks and weather, with the source’s caption given: the source is never noised itself, so its detail stays.',
  paper: 'Kulikov et al. 2024, "FlowEdit: Inversion-Free Text-Based Editing Using Pre-Trained Flow Models"',
  cost: '4 a step and noise: 2 for the prompt, 2 for the source (1 where its guidance is 1)',
  strength: 0.7,
  ownLoop: true,
  options: {
    sourceGuidanceScale: numberOption("guidance of the source's predictions; 1 or less for none", 0, 100, 1.5),
    noiseSamples: wholeNumberOption("noises that a step's difference is the mean over", 1, 64, 1),
  },
  async prepare(run, { strength, sourcePrompt, sourceGuidanceScale, noiseSamples }) {
    const process = requireForwardProcess(run, { name: 'flowedit', title: 'FlowEdit' });
    const source = await run.condition(sourcePrompt ?? '');
    const levels = process.levels.slice(beginIndexFor(strength, process.levels.length));
    return {
      steps: levels.length,
      stepCost: 2 * noiseSamples,
      async edit({ source: clean, frames }) {
        const guidanceAt = await run.guide(frames);
        let edited = clean;
        for (const [index, at] of levels.entries()) {
          const guidance = guidanceAt({ index, steps: levels.length });
          const bySource = guidedBySource(guidance, source, sourceGuidanceScale);
          const moved = weightedSum([1, edited], [-1, clean]);
          const predicted = (sample: Tensor, guided: Guidance) => predictOriginal(run, process, at, sample, guided);
          const differences: Tensor[] = [];
          for (let i = 0; i < noiseSamples; i++) {
            const noise = run.noise.randn(clean.dims);
            const noisySource = weightedSum([at.signal, clean], [at.noise, noise]);
            const noisyEdited = weightedSum([1, noisySource], [process.path === 'flow' ? 1 : at.signal, moved]);
            const there = await predicted(noisyEdited, guidance);
            differences.push(weightedSum([1, there], [-1, await predicted(noisySource, bySource)]));
          }
          const difference = weightedSum(...differences.map((each) => [1 / noiseSamples, each] as const));
          // Both slopes are (sample − x₀) ⁄ time, so that the difference of the slopes is that of how far z has come and of where x₀ lies.
          const share = 1 - (levels[index + 1]?.time ?? 0) / at.time;
          edited = weightedSum([1, edited], [-share, moved], [share, difference]);
          const told = await run.stepDone({
            step: index + 1,
            steps: levels.length,
            timestep: at.timestep,
            sigma: at.time,
            latents: edited,
            predOriginalSample: weightedSum([1, clean], [1, difference]),
            frames,
          });
          if (told.stop) return { latents: weightedSum([1, clean], [1, difference]) };
          edited = told.latents;
        }
        return { latents: edited };
      },
    };
  },
});
