import { conditionTerms, knownCourse, type SourceBranch, type SourceCourse } from '../../diffusion/index.js';
import { type FeatureTerms, lentFeatures, type Loan } from '../../networks/index.js';
import { defineMethod } from '../editingMethod.js';
import { flagOption, numberOption } from '../methodOption.js';
import { wayBack } from '../sourcePath.js';

/** What plug-and-play diffusion can be told beside its strength. */
export interface PlugAndPlaySettings {
  /** With `plug-and-play`: share of the steps, 0…1, in which a residual block's features are the source's; 0.8 by default. */
  featureSteps: number;
  /** With `plug-and-play`: share of the steps, 0…1, in which self-attention looks where the source's looks; 0.5 by default. */
  attentionSteps: number;
  /** With `prompt-to-prompt`, `plug-and-play` and `diffedit`: start from the noised source rather than the inverted one; false by default. */
  noised: boolean;
}

/** What the source's prediction takes of a guided step, which asks the UNet twice. */
const SOURCE_STEP = 0.5;

/**
 * Plug-and-play diffusion features: the inverted source goes along with the edit, and lends it the spatial features of one residual block and, in the layers behind it, where
 * places look, so that whatever the prompt says is drawn in the source's layout.
 *
 * Tumanyan et al. 2022. Both of a step's predictions borrow, that for the prompt and that which it is led away from, as in the authors' code. The prompt need not be
 * like the source's.
 */
export const plugAndPlay = defineMethod<PlugAndPlaySettings>({
  name: 'plug-and-play',
  title: 'Plug-and-play diffusion features',
  about: "draws the prompt in the source's layout, by its features",
  suits: 'Looks, materials and other things in the same places: layout and shapes are kept, whatever the words.',
  paper: 'Tumanyan et al. 2022, "Plug-and-Play Diffusion Features for Text-Driven Image-to-Image Translation"',
  cost: '3 a step while features are lent, then 2; before, 1 a step for the inversion',
  strength: 1,
  invertsSource: true,
  besideSource: true,
  work: ({ unet }) => ({ lender: lentFeatures(unet).lender, ownToo: true }),
  options: {
    featureSteps: numberOption("share of the steps in which a residual block's features are the source's", 0, 1, 0.8),
    attentionSteps: numberOption("share of the steps in which self-attention looks where the source's looks", 0, 1, 0.5),
    noised: flagOption('start from the noised source rather than the inverted one, which holds on to its colours', false),
  },
  async prepare(run, { strength, sourcePrompt, noised, ...shares }) {
    const loan = lentFeatures(run.model.unet);
    const way = await wayBack(run, { strength, sourcePrompt, noised });
    const { source, steps, preparation } = way;
    return {
      steps,
      stepCost: 1 + SOURCE_STEP * Math.max(shares.featureSteps, shares.attentionSteps),
      preparation,
      async edit({ source: clean, frames }) {
        const { at, start } = await way.go(clean, frames);
        const beside = borrowing(
          loan,
          shares,
          knownCourse(run, source, run.newScheduler(), (entry) => at(entry)!),
        );
        return { latents: await run.denoise({ ...start, beside }) };
      },
    };
  },
});

/** The source's features in every prediction, for their shares of the steps. */
function borrowing(
  loan: Loan<FeatureTerms>,
  { featureSteps, attentionSteps }: Pick<PlugAndPlaySettings, 'featureSteps' | 'attentionSteps'>,
  course: SourceCourse,
): SourceBranch {
  return {
    async before(step, guidance) {
      const within = (share: number) => step.index < Math.floor(share * step.steps);
      const terms = { features: within(featureSteps), attention: within(attentionSteps) };
      if (!terms.features && !terms.attention) return guidance;
      loan.begin();
      await course.predict(step, guidance, [loan.lender]);
      const borrower = loan.borrower(terms);
      return conditionTerms(guidance, (told) => ({ ...told, rewrites: [...(told.rewrites ?? []), borrower] }));
    },
    after: (_, latents) => latents,
  };
}
