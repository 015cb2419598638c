import { resizeMaps, Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { AttentionTap } from '../onnx/index.js';
import type { Conditioning } from '../networks/index.js';

/** Most bytes of weights of a model whose attention is looked at without being asked: a second session of its network is made for that. Those of video transformers stay
 * in their file, however many sessions there are. */
const MOST_WEIGHTS = 512 * 1024 * 1024;

/** Positions of the tokens of some words: of the source's caption, and of what the source is to show. */
export interface WordTaps {
  /** In the source's caption. */
  readonly from: readonly number[];
  /** In the other text. */
  readonly to: readonly number[];
}

/**
 * The words of each of two texts that the other does not have: "a red car" and "a blue car" differ in `red` and `blue`.
 *
 * @returns undefined where there are none, where the network has no cross-attention that can be followed, and for large models of pictures (weights of more than
 * 512 MB), since a second session of the network would have to be held.
 */
export async function differingWords({ model, family, size }: PreparedRun, from: string, to: string): Promise<WordTaps | undefined> {
  const [before, after] = [model.tokenizer.wordsOf(from), model.tokenizer.wordsOf(to)];
  const only = (words: typeof before, others: typeof before) => {
    const known = new Set(others.map(({ text }) => text.toLowerCase()));
    return words.filter(({ text }) => !known.has(text.toLowerCase())).flatMap(({ tokens }) => tokens);
  };
  const words = { from: only(before, after), to: only(after, before) };
  if (words.from.length + words.to.length === 0) return undefined;
  if (!family.compressesTime && model.needsOf({ ...size, frames: 1, together: false }).weightBytes > MOST_WEIGHTS) return undefined;
  const sites = await model.unet.attentionSites();
  return sites.some(({ kind, heads }) => kind === 'cross' && heads !== undefined) ? words : undefined;
}

/** Gets ready to look at some words. @param dims of the latents that the map is to fit. */
export async function tapWords(run: PreparedRun, words: WordTaps, dims: readonly number[]): Promise<AttentionOfWords> {
  const tapOf = (tokens: readonly number[]) =>
    tokens.length === 0
      ? undefined
      : run.model.unet.tap({ kinds: ['cross'], layers: (site) => site.heads !== undefined, tokens: [...tokens] });
  return new AttentionOfWords(run, { from: await tapOf(words.from), to: await tapOf(words.to) }, dims);
}

/** Adds up where the network looks at for some words while it predicts; the predictions are what they are without a look. */
export class AttentionOfWords {
  /** `[frames, 1, height, width]`: the sum so far, of the mean over each text's words. */
  readonly map: Tensor;

  /** @internal Made by {@link tapWords}. */
  constructor(
    private readonly run: PreparedRun,
    private readonly taps: Readonly<Record<'from' | 'to', AttentionTap | undefined>>,
    dims: readonly number[],
  ) {
    this.map = Tensor.zeros([dims[0]!, 1, dims[2]!, dims[3]!]);
  }

  /** A prediction for one of the texts, looked at if it has words of its own. */
  async predict(side: 'from' | 'to', sample: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    const tap = this.taps[side];
    if (!tap) return this.run.unet.predict(sample, timestep, conditioning);
    const { prediction, attention } = await this.run.unet.predictTapped(sample, timestep, conditioning, tap);
    for (const maps of attention.values()) addTokenMaps(this.map, maps);
    return prediction;
  }
}

/** Adds maps `[frames, 1, height, width, tokens]`, their mean over tokens, at the sum's size, `[frames, 1, height, width]`. */
export function addTokenMaps(sum: Tensor, { data, dims }: Tensor): void {
  const [frames, , height, width, tokens] = dims as [number, number, number, number, number];
  const map = Tensor.zeros([frames, 1, height, width]);
  for (let i = 0; i < data.length; i++) map.data[Math.floor(i / tokens)]! += data[i]! / tokens;
  const resized = resizeMaps(map, sum.dims[3]!, sum.dims[2]!);
  for (let i = 0; i < sum.size; i++) sum.data[i]! += resized.data[i]!;
}
