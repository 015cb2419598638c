import { onnxErrors } from './errors.js';
import type { FoundAttention } from './attentionSites.js';
import { fusedProbabilities } from './fusedProbabilities.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says which text tokens are kept, where any are chosen: positions, int64 `[tokens]`. */
export const TOKENS_INPUT = 'frameloom/tokens';

/** Operators of this version on take what the taps are made of in the form used here. */
const OLDEST_OPSET = 11;

/** What is done to maps inside the graph, so that little comes out. */
export interface TapReduction {
  /** The mean over heads, every head, or the heads to keep. */
  readonly heads: 'mean' | 'each' | readonly number[];
  /** Whether cross-attention is cut down to the tokens that {@link TOKENS_INPUT} lists at each call. */
  readonly chooseTokens: boolean;
}

/**
 * Adds an output with the probabilities of each attention: float32 `[batch, heads, queries, keys]`, every row of the whole of
 * which sums to 1. What the graph computed before it computes still, in the same way.
 *
 * @param shapes shapes of the graph's values, as far as known.
 * @returns names of the outputs by site id.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for an attention whose heads cannot be told or that has a mask inside.
 */
export function tapAttention(
  graph: GraphRewriter,
  attentions: readonly FoundAttention[],
  { heads, chooseTokens }: TapReduction,
  shapes: ReadonlyMap<string, Shape>,
): Map<string, string> {
  if (graph.opset < OLDEST_OPSET)
    throw onnxErrors.unsupported(
      graph.model.file,
      `it uses version ${graph.opset} of ONNX's operators; attention can be taken from version ${OLDEST_OPSET} on. Export the model again.`,
    );
  const cross = attentions.some(({ site }) => site.kind === 'cross');
  const tokens = chooseTokens && cross ? graph.addInput(TOKENS_INPUT, ElementType.int64, ['tokens']) : undefined;
  const outputs = new Map<string, string>();
  for (const { site, block } of attentions) {
    if (site.heads === undefined)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the number of heads of ${site.id} cannot be told, so its maps cannot be taken. Leave it out of the layers.`,
      );
    let maps = block.probabilities ?? fusedProbabilities(graph, block, shapes);
    if (tokens !== undefined && site.kind === 'cross') maps = graph.add('Gather', [maps, tokens], { axis: -1 });
    if (block.probabilities !== undefined) {
      if (shapes.get(block.probabilities)?.length === 3) maps = separateHeads(graph, maps, site.heads);
      maps = graph.add('Cast', [maps], { to: ElementType.float });
    }
    if (heads === 'mean') maps = meanOverHeads(graph, maps);
    else if (heads !== 'each') maps = graph.add('Gather', [maps, graph.constant(heads, ElementType.int64)], { axis: 1 });
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

/** `[batch × heads, queries, keys]` to `[batch, heads, queries, keys]`. */
function separateHeads(graph: GraphRewriter, maps: string, heads: number): string {
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const rest = graph.add('Slice', [graph.add('Shape', [maps]), list(1), list(3), list(0)]);
  return graph.add('Reshape', [maps, graph.add('Concat', [list(-1, heads), rest], { axis: 0 })]);
}

/** The axes of a reduction are an attribute up to version 17, an input from 18 on. */
function meanOverHeads(graph: GraphRewriter, maps: string): string {
  if (graph.opset < 18) return graph.add('ReduceMean', [maps], { axes: [1], keepdims: 1 });
  return graph.add('ReduceMean', [maps, graph.constant([1], ElementType.int64)], { keepdims: 1 });
}
