import { ArgumentError } from '../../core/index.js';
import { knownCourse, promptToPrompt as control, promptToPromptDefaults } from '../../diffusion/index.js';
import { lentAttention } from '../../networks/index.js';
import { defineMethod } from '../editingMethod.js';
import { choiceOption, flagOption, numberOption, textOption } from '../methodOption.js';
import { wayBack } from '../sourcePath.js';

/** What Prompt-to-Prompt can be told beside its strength. */
export interface PromptToPromptMethodSettings {
  /**
   * With `prompt-to-prompt`: how words of `sourcePrompt` and prompt are brought together: `'replace'`, word for word; `'refine'`, by the longest text that both have; `'auto'`,
   * by default, the former where both have as many words.
   */
  alignment: 'auto' | 'replace' | 'refine';
  /** With `prompt-to-prompt`: share of the steps, 0…1, in which words look where the source's look; 0.8 by default. */
  crossReplaceSteps: number;
  /** With `prompt-to-prompt`: share of the steps, 0…1, in which places look where the source's look, which keeps the layout; 0.4 by default. */
  selfReplaceSteps: number;
  /**
   * With `prompt-to-prompt`: words of either prompt, with commas between several: where neither source nor edit looks at one of them, the latents stay the source's. Left out,
   * the whole picture may change.
   */
  localBlend: string | undefined;
  /** With `localBlend`: from which share of the largest attention in a frame on a place belongs to a word, 0…1; 0.3 by default. */
  blendThreshold: number;
  /** With `prompt-to-prompt`, `plug-and-play` and `diffedit`: start from the noised source rather than the inverted one; false by default. */
  noised: boolean;
}

/** What the source's prediction takes of a guided step, which asks the UNet twice. */
const SOURCE_STEP = 0.5;

/**
 * Prompt-to-Prompt on a clip: the inverted source goes along with the edit, and lends it its attention, so that words look where the source's words look.
 *
 * Hertz et al. 2022. The source's latents at every step are those of its inversion, so that what it lends is its own and a local blend keeps it exactly, rather than
 * those of a guided run, which would need its null text to come back. Words are weighed besides by `attentionControl`.
 */
export const promptToPrompt = defineMethod<PromptToPromptMethodSettings>({
  name: 'prompt-to-prompt',
  title: 'Prompt-to-Prompt',
  about: "changes words, and has the others look where the source's words look",
  suits: 'One thing, colour or word for another in a scene whose layout stays; with a local blend, the rest of the picture too.',
  paper: 'Hertz et al. 2022, "Prompt-to-Prompt Image Editing with Cross Attention Control"',
  cost: '3 a step while attention is lent, then 2; before, 1 a step for the inversion',
  strength: 1,
  invertsSource: true,
  besideSource: true,
  work: ({ unet, vae }, _, { width, height }) => ({
    lender: lentAttention(unet, { height: height / vae.scaleFactor, width: width / vae.scaleFactor }).lender,
    ownToo: true,
  }),
  options: {
    alignment: choiceOption('how the words of both prompts are brought together', ['auto', 'replace', 'refine'], 'auto'),
    crossReplaceSteps: numberOption(
      "share of the steps in which words look where the source's look",
      0,
      1,
      promptToPromptDefaults.crossReplaceSteps,
    ),
    selfReplaceSteps: numberOption(
      "share of the steps in which places look where the source's look",
      0,
      1,
      promptToPromptDefaults.selfReplaceSteps,
    ),
    localBlend: textOption('words of either prompt, with commas between several; what is not looked at for them stays the source'),
    blendThreshold: numberOption(
      'share of the largest attention from which on a place belongs to a word',
      0,
      1,
      promptToPromptDefaults.blendThreshold,
    ),
    noised: flagOption('start from the noised source rather than the inverted one, which holds on to its colours', false),
  },
  async prepare(run, { strength, sourcePrompt, noised, alignment, ...settings }) {
    if (sourcePrompt === undefined)
      throw new ArgumentError('sourcePrompt', sourcePrompt, 'what the source shows: the words of both prompts are brought together');
    const branch = control(run, sourcePrompt, { alignment: alignment === 'auto' ? undefined : alignment, ...settings });
    const way = await wayBack(run, { strength, sourcePrompt, noised });
    const { source, steps, preparation } = way;
    return {
      steps,
      stepCost: 1 + SOURCE_STEP * (settings.localBlend ? 1 : Math.max(settings.crossReplaceSteps, settings.selfReplaceSteps)),
      preparation,
      async edit({ source: clean, frames }) {
        const { at, start } = await way.go(clean, frames);
        const beside = branch(knownCourse(run, source, run.newScheduler(), (entry) => at(entry)!));
        return { latents: await run.denoise({ ...start, beside }) };
      },
    };
  },
});
