import { ArgumentError, type Frame, type Tensor } from '../../core/index.js';
import { findAutomaticMap } from '../automaticMap.js';
import { defaultChangeMap } from '../changeMask.js';
import { type EditMask, makeEditMask, ofSubject } from '../editMask.js';
import { defineMethod } from '../editingMethod.js';
import { choiceOption, flagOption, textOption, wholeNumberOption } from '../methodOption.js';
import { wayBack } from '../sourcePath.js';
import { steadyEdit } from '../steadyEdit.js';
import { beginsOf } from '../strength.js';
import { subjectMap } from '../subjectMap.js';

/** What DiffEdit can be told beside its strength. */
export interface DiffeditSettings {
  /**
   * With `diffedit`: whether the mask is the subject's outline, as the model's interrogator sees it, or lies where two prompts
   * disagree. By default the subject where the model has an interrogator, the clip is of its kind, and the kind of change is known.
   */
  maskBy: 'subject' | 'prompts';
  /** With `diffedit`: start from the noised source rather than the inverted one; by default only where nothing but a colour changes. */
  noised: boolean;
  /**
   * With `diffedit`: cut out what the mask marks and edit it alone before plain gray, towards this text, so that nothing of its
   * surroundings bleeds into its colours. An empty text edits it where it stands. By default, where nothing but the colour of a
   * subject changes that the model sees: the prompt with "on a gray background" in the place of its own.
   */
  isolatedPrompt: string | undefined;
  /**
   * With `diffedit`: the text that guides what is edited around a subject that stays, in the place of the prompt: guided by one that names the subject, the model draws a
   * second one beside it. An empty text takes the prompt. By default, where nothing but the background changes and the model sees the subject: what the prompt says besides the subject.
   */
  surroundingsPrompt: string | undefined;
  /** With `diffedit` by prompts: what `sourcePrompt` is compared with to find the mask; the prompt by default. */
  maskPrompt: string | undefined;
  /** With `diffedit`: edit what the mask leaves out, as for another background; false by default. */
  invertMask: boolean;
  /**
   * With `diffedit`: what stands still in the source stands still in what is edited: another background is one picture behind what moves, and around another subject that
   * the model's interrogator sees is what the source shows there in other frames; false by default.
   */
  steady: boolean;
  /** With `diffedit`: latent places around the mask that may be edited too, 0 or more; 1 by default. */
  maskGrow: number;
}

/** Level of the gray before which something is edited alone. */
const GRAY = 128;

/** What a look for the subject takes of a guided step, which asks the UNet twice. */
const SUBJECT_MASK = 0.5;

/**
 * DiffEdit: changes what the prompt changes and keeps the rest.
 *
 * An automatic mask says where the two prompts disagree, by their predictions, the attention to the words that differ and the pictures' colours
 * (`automaticMap.ts`; the paper has the predictions alone); the source is inverted and denoised again towards the target,
 * and outside the mask every step is overwritten with what the inversion had there. Background and motion stay.
 * Couairon et al. 2022. Takes DDIM, the only scheduler here with an accurate inversion.
 *
 * Another pair of prompts may find the mask, or the model's interrogator, which knows a subject by its looks. Started from the
 * noised source, what lies outside the mask is as exact at the end, but does not guide what is inside as well on the way.
 * A mask that the caller gives stands in the place of the automatic one.
 */
export const diffedit = defineMethod<DiffeditSettings>({
  name: 'diffedit',
  title: 'DiffEdit',
  about: 'changes only what the prompt changes',
  suits: 'Subjects, colours and backgrounds: a mask says where the prompts disagree, and the rest is kept.',
  paper: 'Couairon et al. 2022, "DiffEdit: Diffusion-based semantic image editing with mask guidance"',
  cost: '2 a step; before, 8 for the mask by prompts, and 1 a step for the inversion',
  strength: 0.8,
  keepsSource: true,
  invertsSource: true,
  takesByFrame: ['strength', 'guidanceScale'],
  options: {
    maskBy: choiceOption(
      "whether the mask is the subject's outline, as the model sees it, or lies where two prompts disagree",
      ['subject', 'prompts'],
      'prompts',
    ),
    noised: flagOption('start from the noised source rather than the inverted one, which holds on to its colours', false),
    maskPrompt: textOption('what the source prompt is compared with to find the mask, in the place of the prompt'),
    isolatedPrompt: textOption(
      'cut out what the mask marks and edit it alone before plain gray, towards this text; empty: edit it where it stands',
    ),
    surroundingsPrompt: textOption('what guides the edit around a subject that stays, in the place of the prompt; empty: the prompt'),
    invertMask: flagOption('edit what the mask leaves out, as for another background', false),
    steady: flagOption('what stands still in the source stands still in what is edited', false),
    maskGrow: wholeNumberOption('latent places around the mask that may be edited too', 0, 64, 1),
  },
  guidedBy: ({ isolatedPrompt, surroundingsPrompt }) => isolatedPrompt || surroundingsPrompt || undefined,
  async prepare(run, { strength, sourcePrompt, maskBy, noised, isolatedPrompt, maskPrompt, invertMask, steady, maskGrow, keepShapes }) {
    const { model, progress } = run;
    const interrogator = maskBy === 'subject' ? model.interrogator : undefined;
    if (maskBy === 'subject' && !interrogator)
      throw new ArgumentError('maskBy', 'subject', `"prompts" with ${model.name}, which has no interrogator to see the subject with`);
    const texts = { from: sourcePrompt ?? '', to: maskPrompt ?? run.prompt };
    const way = await wayBack(run, { strength, sourcePrompt, noised });
    const { begin, steps } = way;
    const maskSteps = run.options.mask ? 0 : interrogator ? SUBJECT_MASK : defaultChangeMap.maps;
    const masking = { grow: maskGrow, invert: invertMask, outline: keepShapes };
    return {
      steps,
      preparation: maskSteps + way.preparation,
      async edit({ source, pictures, encode, frames, mask: said }) {
        const findMask = async (): Promise<EditMask> => {
          const map =
            (await subjectMap(run, interrogator, pictures, source.dims[0]!)) ??
            (await findAutomaticMap(run, source, pictures, texts, () => progress.prepared('mask', interrogator ? 0 : 1)));
          if (interrogator) progress.prepared('mask', SUBJECT_MASK);
          const [, , rows, columns] = source.dims as [number, number, number, number];
          return makeEditMask(map, pictures, { rows, columns }, masking);
        };
        const within = async (given: EditMask): Promise<EditMask> =>
          isolatedPrompt ? ofSubject(given, await subjectMap(run, interrogator, pictures, source.dims[0]!), pictures) : given;
        const { latents: mask, pixels: area } = said ? await within(said) : await findMask();
        const clean = isolatedPrompt ? await encode(beforeGray(pictures, area)) : source;
        const { at, start } = await way.go(clean, frames);
        const { scheduler } = start;
        const outside = scheduler.timesteps.map((_, index) => (index < begin ? undefined : at(index + 1)));
        const begins = beginsOf(run, frames, source.dims[0]!, run.numInferenceSteps)?.map((step) => step * scheduler.order);
        const latents = await run.denoise({
          ...start,
          keep: { mask, area, outside, ...(begins && { begins }) },
        });
        const settings = { steady, maskBy, invertMask, isolatedPrompt, mask: said };
        return { ...(await steadyEdit(run, settings, latents, { clean, mask, area, pictures: () => pictures })), began: clean };
      },
    };
  },
});

/** The pictures with plain gray around the area: as bright as the middle of all that a background can be. */
function beforeGray(pictures: readonly Frame[], area: Tensor): Frame[] {
  return pictures.map(({ data, width, height }, index) => {
    const alone = new Uint8Array(data.length);
    const first = index * width * height;
    for (let pixel = 0; pixel < width * height; pixel++) {
      const share = area.data[first + pixel]!;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) alone[i] = Math.round(share * data[i]! + (1 - share) * GRAY);
    }
    return { data: alone, width, height };
  });
}
