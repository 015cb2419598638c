import { type AttentionSite, isOverFrames } from './attention.js';
import type { AttentionBlock } from './attentionBlocks.js';
import { onnxErrors } from './errors.js';
import type { FoundAttention } from './attentionSites.js';
import { fusedProbabilities } from './fusedProbabilities.js';
import type { GraphRewriter } from './graphRewriter.js';
import { headProbabilities, takesHeadsApart } from './headProbabilities.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says which text tokens are kept, where any are chosen: positions, int64 `[tokens]`. */
export const TOKENS_INPUT = 'frameloom/tokens';

/** Operators of this version on take what the taps are made of in the form used here. */
const OLDEST_OPSET = 11;

/** From this version on, axes are an input of what the parts of a fused attention are made of. */
const OPSET_OF_PARTS = 13;

/** What is done to maps inside the graph, so that little comes out. */
export interface TapReduction {
  /** The mean over heads, every head, or the heads to keep. */
  readonly heads: 'mean' | 'each' | readonly number[];
  /** Whether cross-attention is cut down to the tokens that {@link TOKENS_INPUT} lists at each call. */
  readonly chooseTokens: boolean;
  /** Latents of the network, where attention over frames is summed to frames: it tells how many there are. */
  readonly framesOf?: string | undefined;
  /** Into how many parts the queries of an attention are cut, where its scores are computed again; 1 by default. */
  readonly partsOf?: (site: AttentionSite) => number;
}

/**
 * Adds an output with the probabilities of each attention: float32 `[batch, heads, queries, keys]`, every row of the whole of
 * which sums to 1; of attention over frames that is summed, `[1, heads, frames, frames]`. What the graph computed before it computes still, in the same way.
 *
 * @param shapes shapes of the graph's values, as far as known.
 * @returns names of the outputs by site id.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for an attention whose heads cannot be told or that has a mask inside.
 */
export function tapAttention(
  graph: GraphRewriter,
  attentions: readonly FoundAttention[],
  reduction: TapReduction,
  shapes: ReadonlyMap<string, Shape>,
): Map<string, string> {
  const { heads, chooseTokens, framesOf } = reduction;
  if (graph.opset < OLDEST_OPSET)
    throw onnxErrors.unsupported(
      graph.model.file,
      `it uses version ${graph.opset} of ONNX's operators; attention can be taken from version ${OLDEST_OPSET} on. Export the model again.`,
    );
  const cross = attentions.some(({ site }) => site.kind === 'cross');
  const tokens = chooseTokens && cross ? graph.addInput(TOKENS_INPUT, ElementType.int64, ['tokens']) : undefined;
  const frames = framesOf === undefined ? undefined : countOfFrames(graph, framesOf);
  const outputs = new Map<string, string>();
  for (const { site, block } of attentions) {
    if (site.heads === undefined)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the number of heads of ${site.id} cannot be told, so its maps cannot be taken. Leave it out of the layers.`,
      );
    const summed = frames !== undefined && isOverFrames(site);
    const reduce = (maps: string): string => {
      if (site.kind === 'cross' && tokens !== undefined) return graph.add('Gather', [maps, tokens], { axis: -1 });
      return site.kind === 'joint' && frames !== undefined ? keysByFrame(graph, maps, frames) : maps;
    };
    const byHead = reducesMuch(site, block, reduction) && graph.opset >= OPSET_OF_PARTS && takesHeadsApart(block, shapes);
    let maps = byHead
      ? headProbabilities(graph, block, shapes, { heads: headsToSee(site, heads), parts: reduction.partsOf?.(site) ?? 1, reduce })
      : reduce(block.probabilities ?? fusedProbabilities(graph, block, shapes));
    if (block.probabilities !== undefined) {
      if (shapes.get(block.probabilities)?.length === 3) maps = separateHeads(graph, maps, site.heads);
      maps = graph.add('Cast', [maps], { to: ElementType.float });
    }
    if (summed) maps = meanOfQueries(graph, maps, site, frames);
    if (heads === 'mean') maps = meanOver(graph, maps, 1, true);
    else if (heads !== 'each' && !byHead) maps = graph.add('Gather', [maps, graph.constant(heads, ElementType.int64)], { axis: 1 });
    const name = `frameloom/attention_${site.order}`;
    graph.addOutput(
      maps,
      name,
      ElementType.float,
      ['rows', 'heads', 'queries', 'keys'].map((axis) => `${name}_${axis}`),
    );
    outputs.set(site.id, name);
  }
  return outputs;
}

/** Whether much less comes out than is computed: then it is computed again head by head rather than all at once. */
function reducesMuch(site: AttentionSite, { form }: AttentionBlock, { chooseTokens, framesOf }: TapReduction): boolean {
  return form !== 'decomposed' && (site.kind === 'cross' ? chooseTokens : site.kind === 'joint' && framesOf !== undefined);
}

function headsToSee({ heads: count }: AttentionSite, heads: TapReduction['heads']): readonly number[] {
  return typeof heads === 'string' ? Array.from({ length: count! }, (_, head) => head) : heads;
}

/** How many frames the latents of a call have: int64 `[1]`. */
function countOfFrames(graph: GraphRewriter, sample: string): string {
  const axis = graph.model.inputs.find(({ name }) => name === sample)?.dims.length === 5 ? 2 : 0;
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  return graph.add('Slice', [graph.add('Shape', [sample]), list(axis), list(axis + 1), list(0)]);
}

/** `[…, keys]` to `[…, frames]`: what the places of a frame draw together. */
function keysByFrame(graph: GraphRewriter, maps: string, frames: string): string {
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const rest = graph.add('Slice', [graph.add('Shape', [maps]), list(0), list(-1), list(0)]);
  const apart = graph.add('Reshape', [maps, graph.add('Concat', [rest, frames, list(-1)], { axis: 0 })]);
  return sumOverLast(graph, apart);
}

/** `[batch, heads, queries, frames]` to `[1, heads, frames, frames]`; of attention over time the mean over the places that are its batch. */
function meanOfQueries(graph: GraphRewriter, maps: string, { kind }: AttentionSite, frames: string): string {
  if (kind === 'temporal') return meanOver(graph, maps, 0, true);
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const apart = graph.add('Reshape', [maps, graph.add('Concat', [list(0, 0), frames, list(-1), frames], { axis: 0 })]);
  return meanOver(graph, apart, 3, false);
}

/** `[batch × heads, queries, keys]` to `[batch, heads, queries, keys]`. */
function separateHeads(graph: GraphRewriter, maps: string, heads: number): string {
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const rest = graph.add('Slice', [graph.add('Shape', [maps]), list(1), list(3), list(0)]);
  return graph.add('Reshape', [maps, graph.add('Concat', [list(-1, heads), rest], { axis: 0 })]);
}

/** The axes of a mean are an attribute up to version 17, an input from 18 on. */
function meanOver(graph: GraphRewriter, maps: string, axis: number, keeps: boolean): string {
  const keepdims = keeps ? 1 : 0;
  if (graph.opset < 18) return graph.add('ReduceMean', [maps], { axes: [axis], keepdims });
  return graph.add('ReduceMean', [maps, graph.constant([axis], ElementType.int64)], { keepdims });
}

/** Those of a sum are an input from 13 on. */
function sumOverLast(graph: GraphRewriter, maps: string): string {
  if (graph.opset < 13) return graph.add('ReduceSum', [maps], { axes: [-1], keepdims: 0 });
  return graph.add('ReduceSum', [maps, graph.constant([-1], ElementType.int64)], { keepdims: 0 });
}
