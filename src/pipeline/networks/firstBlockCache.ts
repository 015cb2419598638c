import type { Tensor } from '../core/index.js';
import { type AttentionTap, countBlocks, CUT_VALUES, cutBlocks, type CutPart, GraphRewriter, tellingSizes } from '../onnx/index.js';
import type { TappedPrediction } from './attentionMaps.js';
import type { Conditioning } from './conditioning.js';
import type { GraphRewrite } from './graphRewrite.js';
import type { RowsWatch } from './batches.js';
import type { UNet } from './unet.js';

/** What a cache did so far. */
export interface CacheUse {
  /** Predictions that were asked for. */
  readonly calls: number;
  /** How many of them were made of the first block and what the others had changed before. */
  readonly saved: number;
  /** Of those the relative change of what the first block does, since it was last kept: on average, and at most; 0 where there are none. */
  readonly meanChange: number;
  /** The largest of them. */
  readonly mostChange: number;
}

/** What is kept of the last whole prediction for one text. */
interface Kept {
  readonly timestep: number;
  /** What the first block changed of the tokens, and what all others did. */
  readonly change: Tensor;
  readonly further: Tensor;
}

/**
 * A video transformer most of whose blocks are left out at steps where little changes: where its first block does nearly what it did at the last whole prediction for
 * the same text, the other blocks are taken to do what they did there, too.
 *
 * First Block Cache of ParaAttention, as diffusers' `FirstBlockCacheConfig`: the change is mean |f − f′| ∕ mean |f′| of what the first block adds to the tokens, and
 * is small where it is not above the threshold. After Liu et al. 2024, "Timestep Embedding Tells: It's Time to Cache for Video Diffusion Model" (TeaCache).
 * Predictions whose attention is looked at are whole ones, and change nothing here.
 */
export class FirstBlockCache {
  private readonly kept = new Map<Tensor, Kept>();
  private calls = 0;
  private readonly changes: number[] = [];

  /**
   * @param unet the transformer.
   * @param threshold largest relative change that is taken for none, from 0.
   * @param watch told after each prediction.
   */
  constructor(
    private readonly unet: UNet,
    private readonly threshold: number,
    private readonly watch?: RowsWatch,
  ) {}

  /** Whether a network has blocks in a row, so that some can be left out. */
  static fits(unet: UNet): boolean {
    return unet.hasMotion && countBlocks(new GraphRewriter(unet.graph.structure)) > 1;
  }

  /** Whether it sees a clip at once; it does. */
  get hasMotion(): boolean {
    return this.unet.hasMotion;
  }

  /** What it did so far. */
  get use(): CacheUse {
    const { calls, changes } = this;
    const sum = changes.reduce((total, change) => total + change, 0);
    return { calls, saved: changes.length, meanChange: sum / Math.max(1, changes.length), mostChange: Math.max(0, ...changes) };
  }

  /** Forgets everything: another clip, or another part of one, begins. */
  reset(): void {
    this.kept.clear();
    this.calls = 0;
    this.changes.length = 0;
  }

  /** As {@link UNet.predict}, of all blocks or of the first. */
  async predict(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    const output = await this.predicted(latents, timestep, conditioning);
    await this.watch?.(latents.dims[0]!, latents.dims[0]!);
    return output;
  }

  private async predicted(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    this.calls++;
    const begun = await this.unet.runPart(latents, timestep, conditioning, this.part('first'));
    const [first, change] = [begun.values.get(CUT_VALUES.first)!, begun.values.get(CUT_VALUES.change)!];
    const kept = this.kept.get(conditioning.embeddings);
    const goesOn = kept !== undefined && kept.timestep >= timestep && String(kept.change.dims) === String(change.dims);
    const relative = goesOn ? relativeChange(change, kept.change) : Infinity;
    if (relative <= this.threshold) {
      this.changes.push(relative);
      const ended = await this.unet.runPart(latents, timestep, conditioning, this.part('last', { first, further: kept!.further }));
      return ended.output!;
    }
    const whole = await this.unet.runPart(latents, timestep, conditioning, this.part('further', { first }));
    this.kept.set(conditioning.embeddings, { timestep, change, further: whole.values.get(CUT_VALUES.further)! });
    return whole.output!;
  }

  /** As {@link UNet.predictTapped}. */
  predictTapped(latents: Tensor, timestep: number, conditioning: Conditioning, tap: AttentionTap): Promise<TappedPrediction> {
    this.calls++;
    return this.unet.predictTapped(latents, timestep, conditioning, tap, this.watch);
  }

  private part(part: CutPart, taken: { readonly [Name in 'first' | 'further']?: Tensor } = {}): GraphRewrite {
    const feeds = Object.fromEntries(Object.entries(taken).map(([name, value]) => [CUT_VALUES[name as 'first'], value]));
    return {
      key: `cut ${part}`,
      apply: (graph) => cutBlocks(graph, part, this.unet.attentions.shapesFor(tellingSizes)),
      feeds: () => feeds,
    };
  }
}

/** mean |a − b| ∕ mean |b|. */
function relativeChange(a: Tensor, b: Tensor): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.data.length; i++) {
    difference += Math.abs(a.data[i]! - b.data[i]!);
    size += Math.abs(b.data[i]!);
  }
  return difference === 0 ? 0 : difference / size;
}
