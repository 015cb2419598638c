import { ArgumentError, type Frame, type Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { FoundForm, FoundMaps } from '../masks/index.js';
import { findAutomaticMap } from './automaticMap.js';
import { defaultChangeMap } from './changeMask.js';
import type { EditPlan } from './chooseMethod.js';
import { makeEditMask } from './editMask.js';
import { byFrame } from './lookingAtSource.js';
import { seedOfCut, seedOfThreshold } from './maskSeed.js';
import { refineMask } from './refineMask.js';
import { subjectMap } from './subjectMap.js';
import { findWordMap, textWithWord, WORD_MAP_STEPS } from './wordMap.js';

/** What of a mask the network finds, ready for the windows of a run. */
export interface MaskFinder {
  /** How many steps would take as long, for progress. */
  readonly steps: number;
  /** Finds it in a window. @param source its clean latents. @param pictures the frames they come from. */
  find(source: Tensor, pictures: readonly Frame[]): Promise<FoundMaps>;
}

/**
 * Gets ready to find what of a mask only the network knows.
 *
 * @throws {ArgumentError} for a word that neither the prompt nor the source's caption has, and for models that have to be shown the mask or the source to see anything.
 */
export async function maskFinder(run: PreparedRun, forms: readonly FoundForm[], plan: EditPlan): Promise<MaskFinder | undefined> {
  if (forms.length === 0) return undefined;
  const { model, family, prompt, progress } = run;
  // VACE sees a source without being shown anything: it is the Wan 2.1 that it was made of.
  if (family.startsFromNoise && !family.takesHints)
    throw new ArgumentError(
      'mask',
      forms[0]!.kind,
      `an outline, a colour or a clip with ${model.name}: nothing is found by itself with ${family.title}`,
    );
  const texts = new Map<FoundForm, string>();
  const captions = [plan.sourcePrompt, prompt].filter((text) => text !== undefined);
  for (const form of forms) if (form.kind === 'word') texts.set(form, await textWithWord(run, form.word, captions));

  const mapOf = async (form: FoundForm, source: Tensor, pictures: readonly Frame[]): Promise<Tensor> => {
    if (form.kind === 'word') {
      const map = await findWordMap(run, source, form.word, texts.get(form)!);
      progress.prepared('mask', WORD_MAP_STEPS);
      // Attention fades slowly: the outline is the picture's.
      const places = byFrame(map, pictures.length, run);
      return refineMask(form.threshold === undefined ? seedOfCut(places) : seedOfThreshold(places, form.threshold), pictures);
    }
    const subject = plan.maskBy === 'subject' ? await subjectMap(run, model.interrogator, pictures, source.dims[0]!) : undefined;
    if (subject) progress.prepared('mask', defaultChangeMap.maps);
    const between = { from: plan.sourcePrompt ?? '', to: plan.maskPrompt ?? prompt };
    if (subject) return subject;
    return findAutomaticMap(run, source, pictures, between, () => progress.prepared('mask', 1));
  };

  return {
    steps: forms.reduce((sum, { kind }) => sum + (kind === 'word' ? WORD_MAP_STEPS : defaultChangeMap.maps), 0),
    async find(source, pictures) {
      const found = new Map<FoundForm, Tensor>();
      const [, , rows, columns] = source.dims as [number, number, number, number];
      for (const form of forms) {
        const invert = form.kind === 'automatic' && plan.invertMask === true;
        const map = await mapOf(form, source, pictures);
        const { pixels } = makeEditMask(map, pictures, { rows, columns }, { grow: 0, invert, outline: true });
        found.set(form, pixels.slice(0, pictures.length));
      }
      return found;
    },
  };
}
