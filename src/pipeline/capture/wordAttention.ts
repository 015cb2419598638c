import { ArgumentError, checkOptions, createFrame, type Frame, resizeMaps, Tensor } from '../core/index.js';
import { Video } from '../video/index.js';
import { latentFrameOf, latentWindows } from './latentRows.js';
import { joinedFrames, nameOf } from './names.js';
import { choiceChecks, chosenHeads, chosenSites, chosenSteps, type MapChoice } from './mapChoice.js';
import type { RunAttention, RunRecord } from './record.js';
import type { TensorStore } from './tensorStore.js';

/** Where a word is, as a mask. */
export interface WordMask {
  /** `[frames, 1, height, width]` at the size of the latents, with as many frames as they have: 1 inside, 0 outside. */
  tensor: Tensor;
  /** White inside, black outside, at the size of the clip, with its frames. */
  video: Video;
}

/** Attention of the picture to one word of the prompt, summed over the word's tokens. */
export class WordAttention {
  private readonly attention: RunAttention;

  /** @internal Made by `run.attention(word)`. */
  constructor(
    /** As asked for. */
    readonly word: string,
    /** Positions of its tokens in the encoded prompt. */
    readonly tokens: readonly number[],
    private readonly record: RunRecord,
    private readonly store: TensorStore,
  ) {
    this.attention = record.attention!;
  }

  /** Layers that were captured, and whether heads were averaged or which were kept each by itself. */
  get captured(): Pick<RunAttention, 'sites' | 'heads'> {
    return this.attention;
  }

  /**
   * Share of each place's attention that the word drew, 0 … 1: `[frames, height, width]`, the mean over what is not named,
   * with layers resized to the largest among them. Of a head that only some layers have, the mean over those. Of models that compress time, frames are
   * those of the latents: `run.latentFrameOf(frame)` is the one of a frame of the clip.
   *
   * @throws {ArgumentError} for a layer or head that was not captured; {@link FrameloomError} `FL_CAPTURE_STEP`.
   */
  async maps(choice: MapChoice = {}): Promise<Tensor> {
    checkOptions('maps', choice, choiceChecks);
    const sites = chosenSites(this.attention, choice);
    const steps = chosenSteps(this.record, choice);
    let sum: Tensor | undefined;
    const perSite = [];
    for (const site of sites) {
      let ofSite: Tensor | undefined;
      for (const step of steps) {
        const map = await joinedFrames(latentWindows(this.record), async (window) =>
          this.ofWord(await this.store.get(nameOf(`attention.${site.id}`, step, window)), choice.head),
        );
        ofSite = added(ofSite, map);
      }
      perSite.push(ofSite!);
    }
    const height = Math.max(...perSite.map(({ dims }) => dims[1]!));
    const width = Math.max(...perSite.map(({ dims }) => dims[2]!));
    for (const map of perSite) sum = added(sum, resizeMaps(map, width, height));
    const count = sites.length * steps.length;
    return sum!.map((value) => value / count);
  }

  /** The share of all attention that the word drew, mean over places, layers and heads: for each captured step, for each frame, as {@link maps} has them. */
  mass(): number[][] {
    const columns = this.tokens.map((token) => this.attention.tokens.indexOf(token));
    return this.attention.mass.map((frames) => frames.map((tokens) => columns.reduce((sum, column) => sum + tokens[column]!, 0)));
  }

  /**
   * Where the word is: places whose attention is at least `threshold` times the largest of the clip.
   *
   * @param threshold 0 … 1, relative to the maximum over all frames.
   * @param choice which maps to look at; all by default.
   */
  async mask(threshold: number, choice: MapChoice = {}): Promise<WordMask> {
    if (!(threshold >= 0 && threshold <= 1))
      throw new ArgumentError('threshold', threshold, 'a number from 0 to 1, a share of the largest attention in the clip');
    const { width, height, fps, latentWidth, latentHeight, windows } = this.record;
    const maps = await this.maps(choice);
    const level = threshold * maps.range().max;
    const inside = (map: Tensor) => map.map((value) => (value >= level ? 1 : 0));
    const small = inside(resizeMaps(maps, latentWidth, latentHeight));
    const large = inside(resizeMaps(maps, width, height));
    const masks = Array.from({ length: large.dims[0]! }, (_, frame) => blackAndWhite(large.slice(frame, frame + 1), width, height));
    const pictures = Array.from({ length: windows.at(-1)!.end }, (_, frame) => masks[latentFrameOf(this.record, frame)]!);
    return { tensor: small.reshape([small.dims[0]!, 1, latentHeight, latentWidth]), video: await Video.fromFrames(pictures, { fps }) };
  }

  /** `[frames, heads, h, w, tokens]` to `[frames, h, w]`: tokens of the word summed, heads chosen or averaged. */
  private ofWord({ data, dims }: Tensor, head: number | undefined): Tensor {
    const [frames, headCount, height, width, tokens] = dims as [number, number, number, number, number];
    const columns = this.tokens.map((token) => this.attention.tokens.indexOf(token));
    const rows = chosenHeads(this.attention, head, headCount);
    const area = height * width;
    const out = Tensor.zeros([frames, height, width]);
    for (let frame = 0; frame < frames; frame++) {
      for (const row of rows) {
        for (let at = 0; at < area; at++) {
          const base = ((frame * headCount + row) * area + at) * tokens;
          for (const column of columns) out.data[frame * area + at]! += data[base + column]! / rows.length;
        }
      }
    }
    return out;
  }
}

function added(sum: Tensor | undefined, more: Tensor): Tensor {
  return sum ? sum.map((value, i) => value + more.data[i]!) : more;
}

function blackAndWhite(mask: Tensor, width: number, height: number): Frame {
  const frame = createFrame(width, height);
  for (let i = 0; i < mask.size; i++) if (mask.data[i]! > 0) frame.data.fill(255, i * 3, i * 3 + 3);
  return frame;
}
