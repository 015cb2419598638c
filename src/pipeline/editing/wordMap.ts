import { setImmediate } from 'node:timers/promises';
import { ArgumentError, Tensor, throwIfAborted } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import { wordPlaces } from '../networks/index.js';
import { addTokenMaps } from './attentionOfWords.js';
import { toldBeside } from './lookingAtSource.js';

/** Shares of the schedule up to which the source is noised, each for one look: layouts form early, things later. */
const LOOKS = [0.7, 0.5, 0.3];

/** How many guided steps the looks take as long as. */
export const WORD_MAP_STEPS = LOOKS.length / 2;

/**
 * The text in which a word is looked for: the first that has it.
 *
 * @param texts what the source shows, and the prompt.
 * @throws {ArgumentError} listing the words there are; for networks without attention to the text.
 */
export async function textWithWord({ model }: PreparedRun, word: string, texts: readonly string[]): Promise<string> {
  const sites = await model.unet.attentionSites();
  if (!sites.some(({ kind, heads }) => kind === 'cross' && heads !== undefined))
    throw new ArgumentError(
      'mask',
      `word ${JSON.stringify(word)}`,
      `of another kind with ${model.name}, whose network has no cross-attention that can be followed`,
    );
  const found = texts.find((text) => wordPlaces(model.tokenizer.wordsOf(text), word).tokens.length > 0);
  if (found !== undefined) return found;
  const there = [...new Set(texts.flatMap((text) => model.tokenizer.wordsOf(text).map(({ text: each }) => each)))];
  throw new ArgumentError('mask', `word ${JSON.stringify(word)}`, `a word of the prompt or of sourcePrompt: ${there.join(', ')}`);
}

/**
 * Where the network looks at for a word: the mean over layers and heads of its cross-attention while it sees the noised source, with layers at the size of the latents.
 * After Tang et al. 2022, "What the DAAM: Interpreting Stable Diffusion Using Cross Attention".
 *
 * The noise is the run's, drawn apart: what the run draws later stays what it is without a look.
 * @param text one that has the word.
 * @returns `[frames, 1, height, width]` of latents, 0 … 1, as a share of the largest.
 */
export async function findWordMap(run: PreparedRun, source: Tensor, word: string, text: string): Promise<Tensor> {
  const { model } = run;
  const tokens = wordPlaces(model.tokenizer.wordsOf(text), word).tokens;
  const tap = await model.unet.tap({ kinds: ['cross'], layers: (site) => site.heads !== undefined, tokens });
  const conditioning = { ...(await toldBeside(run, source)), ...(await run.condition(text)) };
  const [frames, , height, width] = source.dims as [number, number, number, number];
  const noise = run.noise.seeded(run.seed);
  const sum = Tensor.zeros([frames, 1, height, width]);
  run.progress.preparing('mask');
  for (const strength of LOOKS) {
    throwIfAborted(run.options.signal, 'Looking for a word');
    const scheduler = run.newScheduler();
    const index = Math.min(scheduler.timesteps.length - 1, Math.round(scheduler.timesteps.length * (1 - strength)));
    const timestep = scheduler.timesteps[index]!;
    scheduler.setBeginIndex(index);
    const noisy = scheduler.scaleModelInput(scheduler.addNoise(source, noise.randn(source.dims), timestep), timestep);
    const { attention } = await run.stopwatch.measure('unet', () => run.unet.predictTapped(noisy, timestep, conditioning, tap));
    for (const maps of attention.values()) addTokenMaps(sum, maps);
    await setImmediate();
  }
  const { max } = sum.range();
  return max > 0 ? sum.map((value) => value / max) : sum;
}
