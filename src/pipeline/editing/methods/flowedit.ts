import { defineMethod } from '../editingMethod.js';
import { numberOption, wholeNumberOption } from '../methodOption.js';
import { flowEditSteps, moveByDifference } from '../predictionDifference.js';
import { requireForwardProcess, type SourceGuidanceSettings } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/** What FlowEdit can be told beside its strength. */
export interface FloweditSettings extends SourceGuidanceSettings {
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
  suits:
    'Looks (fog, sepia, black and white), with the source’s caption given: the source is not noised itself, so its detail stays. Flakes that are to come from nothing may not.',
  paper: 'Kulikov et al. 2024, "FlowEdit: Inversion-Free Text-Based Editing Using Pre-Trained Flow Models"',
  cost: '4 a step and noise: 2 for the prompt, 2 for the source (1 where its guidance is 1)',
  strength: 0.7,
  ownLoop: true,
  takesByFrame: ['strength', 'guidanceScale', 'attentionControl', 'loraWeights'],
  options: {
    sourceGuidanceScale: numberOption("guidance of the source's predictions; 1 or less for none", 0, 100, 1.5),
    noiseSamples: wholeNumberOption("noises that a step's difference is the mean over", 1, 64, 1),
  },
  async prepare(run, { strength, sourcePrompt, sourceGuidanceScale, noiseSamples }) {
    const process = requireForwardProcess(run, { name: 'flowedit', title: 'FlowEdit' });
    const levels = process.levels.slice(beginIndexFor(strength, process.levels.length));
    const source = await run.condition(sourcePrompt ?? '');
    return {
      steps: levels.length,
      stepCost: 2 * noiseSamples,
      edit: (window) => moveByDifference(run, { ...flowEditSteps(process, levels), source, sourceGuidanceScale, noiseSamples }, window),
    };
  },
});
