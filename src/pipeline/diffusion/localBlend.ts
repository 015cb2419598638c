import { ArgumentError, Tensor, weightedSum } from '../core/index.js';
import { type LatentDiffusionNetworks, type TokenAlignment, wordPlaces } from '../networks/index.js';
import type { AttentionSite, AttentionTap } from '../onnx/index.js';
import { blend } from './keptRegion.js';

/** Places that a layer may have whose maps are taken; the finest of these layers are. */
const MOST_PLACES = 16 * 16;

/** Share of the steps that are made before anything is blended, as in the authors' code. */
const START_BLEND = 0.2;

/** Most bytes of maps that a call may give. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Prompt-to-Prompt's local blend (Hertz et al. 2022): where neither source nor edit looks at some words, the edit's latents are made the source's at every step.
 *
 * Maps of the words are summed over layers and all steps so far, spread to their neighbours, and cut off at a share of the largest of a frame, as in the authors' code.
 */
export class LocalBlend {
  /** The attention to be taken along of both predictions. */
  readonly tap: AttentionTap;
  private readonly sums: [source: Tensor | undefined, edit: Tensor | undefined] = [undefined, undefined];
  private readonly tokens: readonly [source: readonly number[], edit: readonly number[]];
  private lent: ReadonlyMap<string, Tensor> = new Map();

  /**
   * @param words of the source's prompt or of the edited one, or several of them.
   * @param texts the two prompts.
   * @param threshold share of the largest, from which on a place belongs to a word.
   * @param size of the latents.
   * @throws {ArgumentError} for words that neither prompt has, and for networks whose maps cannot be taken.
   */
  constructor(
    model: LatentDiffusionNetworks,
    words: readonly string[],
    texts: readonly [source: string, edit: string],
    private readonly threshold: number,
    size: { readonly height: number; readonly width: number },
  ) {
    const read = texts.map((text) => model.tokenizer.wordsOf(text));
    for (const word of words)
      if (read.every((each) => wordPlaces(each, word).tokens.length === 0))
        throw new ArgumentError(
          'localBlend',
          word,
          `words of one of the two prompts: ${[...new Set(read.flat().map(({ text }) => text))].join(', ')}`,
        );
    const tokensOf = (text: 0 | 1) => words.flatMap((word) => wordPlaces(read[text]!, word).tokens);
    this.tokens = [tokensOf(0), tokensOf(1)];
    const sites = model.vae.temporalScaleFactor > 1 ? [] : layersOf(model.unet.attentions.sites, size);
    if (sites.length === 0)
      throw new ArgumentError(
        'localBlend',
        words,
        `left out with ${model.name}, whose network has no cross-attention of single frames that can be followed`,
      );
    this.tap = { sites, heads: 'mean', tokens: undefined, betweenFrames: false, maxBytes: MOST_BYTES };
  }

  /** Takes the source's maps of a step. */
  sourceSeen(attention: ReadonlyMap<string, Tensor>): void {
    this.lent = attention;
    this.add(0, attention, (map, row) => this.tokens[0].reduce((sum, token) => sum + map.data[row + token]!, 0));
  }

  /** Takes the edit's maps of the same step. @param borrowed what of the source's attention took their place. */
  editSeen(attention: ReadonlyMap<string, Tensor>, borrowed: TokenAlignment | undefined): void {
    this.add(1, attention, (map, row, site) => {
      const tokens = map.dims.at(-1)!;
      const source = this.lent.get(site)!;
      return this.tokens[1].reduce((sum, token) => {
        const own = (1 - (borrowed?.shared[token] ?? 0)) * map.data[row + token]!;
        let lent = 0;
        for (let from = 0; borrowed && from < tokens; from++) lent += source.data[row + from]! * borrowed.mapped[from * tokens + token]!;
        return sum + own + lent;
      }, 0);
    });
  }

  /** The edit's latents after a step, with the source's where none of the words are. @param step from 0. */
  blend(latents: Tensor, source: Tensor, step: number, steps: number): Tensor {
    if (step + 1 <= Math.floor(START_BLEND * steps)) return latents;
    return blend(this.mask(latents), latents, source);
  }

  /** Where the words are, `[frames, 1, height, width]`: 1 or 0. */
  private mask({ dims }: Tensor): Tensor {
    const [frames, , height, width] = dims as [number, number, number, number];
    const out = Tensor.zeros([frames, 1, height, width]);
    for (const sum of this.sums) {
      if (!sum) continue;
      const [, , rows, columns] = sum.dims as [number, number, number, number];
      for (let frame = 0; frame < frames; frame++) {
        const map = spread(sum.data.subarray(frame * rows * columns, (frame + 1) * rows * columns), rows, columns);
        const largest = map.reduce((most, value) => Math.max(most, value), 0);
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            const value = map[Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)]!;
            if (value > this.threshold * largest) out.data[(frame * height + y) * width + x] = 1;
          }
      }
    }
    return out;
  }

  private add(which: 0 | 1, attention: ReadonlyMap<string, Tensor>, ofWords: (map: Tensor, row: number, site: string) => number): void {
    if (this.tokens[which].length === 0) return;
    for (const [site, map] of attention) {
      const [frames, , rows, columns, tokens] = map.dims as [number, number, number, number, number];
      const found = Tensor.zeros([frames, 1, rows, columns]);
      for (let place = 0; place < found.size; place++) found.data[place] = ofWords(map, place * tokens, site);
      const before = this.sums[which];
      this.sums[which] = before ? weightedSum([1, before], [1, found]) : found;
    }
  }
}

/** Of the layers with at most so many places the finest. */
function layersOf(
  sites: readonly AttentionSite[],
  { height, width }: { readonly height: number; readonly width: number },
): AttentionSite[] {
  const places = (factor: number) => Math.ceil(height / factor) * Math.ceil(width / factor);
  const taken = sites.filter(({ kind, heads, factor }) => kind === 'cross' && heads !== undefined && factor !== undefined);
  const fitting = taken.filter(({ factor }) => places(factor!) <= MOST_PLACES);
  const factors = (fitting.length > 0 ? fitting : taken).map(({ factor }) => factor!);
  const chosen = fitting.length > 0 ? Math.min(...factors) : Math.max(...factors);
  return taken.filter(({ factor }) => factor === chosen);
}

/** The largest value of each place and its eight neighbours. */
function spread(map: Float32Array, rows: number, columns: number): Float32Array {
  return map.map((_, i) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    let most = 0;
    for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) most = Math.max(most, map[v * columns + u]!);
    return most;
  });
}
