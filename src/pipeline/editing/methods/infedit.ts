import { defineMethod } from '../editingMethod.js';
import { numberOption } from '../methodOption.js';
import { moveByDifference } from '../predictionDifference.js';
import { requireForwardProcess, type SourceGuidanceSettings } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/**
 * InfEdit's virtual inversion: noises source and edit alike at every level, takes the error that the network makes about the source, whose clean
 * sample is known, out of what it says of the edit, and goes on from there.
 *
 * Xu et al. 2023 (DDCM), without its control of attention: z ← z − σ ⁄ α·(ε(z_t) − ε(x_t)). Each step goes the whole way to the clean sample, as
 * consistency models do, so that few steps do and those of latent consistency models are at home.
 */
export const infedit = defineMethod<SourceGuidanceSettings>({
  name: 'infedit',
  title: 'InfEdit',
  about: "in few steps, goes where the prompt's prediction, less the error about the source, says",
  suits: 'Few steps, above all with latent consistency models; bolder than FlowEdit, and rougher.',
  paper: 'Xu et al. 2023, "Inversion-Free Image Editing with Natural Language"',
  cost: '3 a step: 2 for the prompt, 1 for the source (2 where it is guided)',
  strength: 0.7,
  ownLoop: true,
  takesByFrame: ['strength', 'guidanceScale', 'attentionControl', 'loraWeights'],
  options: {
    sourceGuidanceScale: numberOption("guidance of the source's predictions; 1 or less for none", 0, 100, 1),
  },
  async prepare(run, { strength, sourcePrompt, sourceGuidanceScale }) {
    const process = requireForwardProcess(run, { name: 'infedit', title: 'InfEdit' });
    const levels = process.levels.slice(beginIndexFor(strength, process.levels.length));
    const source = await run.condition(sourcePrompt ?? '');
    return {
      steps: levels.length,
      stepCost: 2,
      edit: (window) => moveByDifference(run, { process, levels, source, sourceGuidanceScale, share: () => 1 }, window),
    };
  },
});
