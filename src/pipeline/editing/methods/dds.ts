import type { NoiseShares } from '../../schedulers/index.js';
import { defineMethod } from '../editingMethod.js';
import { numberOption, wholeNumberOption } from '../methodOption.js';
import { moveByDifference } from '../predictionDifference.js';
import { requireForwardProcess } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/** What delta denoising can be told beside its strength. */
export interface DdsSettings {
  /** With `dds`: how often the levels of the schedule are gone over, 1 or more; 5 by default. */
  rounds: number;
  /** With `dds`: how far a step moves the latents along the difference of the predictions, above 0; 0.1 by default. */
  learningRate: number;
}

/**
 * Delta denoising score: descends, in small steps at all noise levels, along the difference of what the network predicts for the edit with the prompt and
 * for the source with its caption, from one noise. What makes both predictions wrong in the same way falls out.
 *
 * Hertz et al. 2023: z ← z − η·(ε(z_t) − ε(x_t)). The authors' steps at random levels are rounds over the schedule here, from its noisiest level to its cleanest; `strength` says how noisy the noisiest may be. Both
 * predictions have the prompt's guidance.
 */
export const dds = defineMethod<DdsSettings>({
  name: 'dds',
  title: 'Delta denoising score',
  about: 'descends in small steps along the difference of two predictions',
  suits: 'Small, patient changes that leave the rest; slow, since every level is visited several times.',
  paper: 'Hertz et al. 2023, "Delta Denoising Score"',
  cost: '4 a step, in every round',
  strength: 0.95,
  ownLoop: true,
  takesByFrame: ['strength', 'attentionControl', 'loraWeights'],
  options: {
    rounds: wholeNumberOption('how often the levels of the schedule are gone over', 1, 100, 5),
    learningRate: numberOption('how far a step moves the latents along the difference of the predictions', 0.001, 10, 0.1),
  },
  async prepare(run, { strength, sourcePrompt, rounds, learningRate }) {
    const process = requireForwardProcess(run, { name: 'dds', title: 'Delta denoising score' });
    const visited = process.levels.slice(beginIndexFor(strength, process.levels.length));
    const levels = Array.from({ length: rounds }, () => visited).flat();
    const source = await run.condition(sourcePrompt ?? '');
    const share = ({ time }: NoiseShares) => Math.min(1, learningRate / time);
    const { scale: sourceGuidanceScale } = run.guidanceStrength;
    return {
      steps: levels.length,
      stepCost: 2,
      edit: (window) => moveByDifference(run, { process, levels, source, sourceGuidanceScale, share }, window),
    };
  },
});
