import type { Frame, Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import { differingWords } from './attentionOfWords.js';
import { findChanges } from './changeMask.js';
import { byFrame, toldBeside } from './lookingAtSource.js';
import { seedOfChange } from './maskSeed.js';
import { refineMask } from './refineMask.js';

/** Two texts between which a clip is to change. */
export interface TwoTexts {
  /** What the source shows. */
  readonly from: string;
  /** What it is to show. */
  readonly to: string;
}

/**
 * Where a clip has to change for one text to become another: DiffEdit's map of changes and the attention to the words that differ say roughly where
 * ({@link seedOfChange}), and the colours of the pictures which pixels ({@link refineMask}).
 *
 * @param source its clean latents. @param pictures the frames they come from.
 * @param onMap called after each comparison of the two texts.
 * @returns `[frames, 1, height, width]` in pixels, 0…1: 0.5 and more is inside.
 */
export async function findAutomaticMap(
  run: PreparedRun,
  source: Tensor,
  pictures: readonly Frame[],
  { from, to }: TwoTexts,
  onMap: () => void,
): Promise<Tensor> {
  const words = await differingWords(run, from, to);
  const beside = await toldBeside(run, source);
  const told = async (text: string) => ({ ...beside, ...(await run.condition(text)) });
  const maps = await findChanges(run, source, { from: await told(from), to: await told(to), words }, onMap);
  return refineMask(byFrame(seedOfChange(maps), pictures.length, run), pictures);
}
