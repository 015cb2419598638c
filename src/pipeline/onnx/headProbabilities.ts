import type { AttentionBlock } from './attentionBlocks.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** Into how many parts the queries of an attention are cut at most: each part and head is a handful of nodes. */
export const mostScoreParts = 64;

/** Whether an attention can be looked at head by head: queries and keys come apart, and nothing is added to the scores. */
export function takesHeadsApart({ form, node }: AttentionBlock, shapes: ReadonlyMap<string, Shape>): boolean {
  const [query = '', key = '', value = '', ...further] = node.inputs;
  const known = (input: string) => shapes.get(input)?.length === 3 && shapes.get(input)![2] !== undefined;
  return (
    form === 'MultiHeadAttention' &&
    value !== '' &&
    known(query) &&
    known(key) &&
    further.every((input) => input === '') &&
    node.attributes.get('unidirectional')?.number !== 1
  );
}

/** Which probabilities to compute, and what to make of them. */
export interface HeadPlan {
  /** Numbers of the heads. */
  readonly heads: readonly number[];
  /** Into how many parts the queries are cut, one after the other in memory. */
  readonly parts: number;
  /** Makes little of much: `[batch, queries, keys]`, every row of which sums to 1, to `[batch, queries, kept]`. */
  readonly reduce: (probabilities: string) => string;
}

/**
 * What a fused attention computes inside itself, `softmax(q · kᵀ · scale)`, head by head and part by part: only one part of one head's matrix is in memory at a
 * time, of which `reduce` keeps little. The operator stays as it is, so its output does not change.
 *
 * @param block one that {@link takesHeadsApart}.
 * @returns `[batch, heads, queries, kept]`, float32.
 */
export function headProbabilities(
  graph: GraphRewriter,
  { node }: AttentionBlock,
  shapes: ReadonlyMap<string, Shape>,
  { heads, parts, reduce }: HeadPlan,
): string {
  const [query, key] = node.inputs as [string, string];
  const width = shapes.get(query)![2]! / node.attributes.get('num_heads')!.number!;
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const scale = graph.constant([node.attributes.get('scale')?.number || width ** -0.5], ElementType.float, []);
  const bounds = partBounds(graph, query, parts);
  const ofHeads = heads.map((head) => {
    const channels = [list(head * width), list((head + 1) * width), list(2)];
    const toFloat = (value: string) => graph.add('Cast', [graph.add('Slice', [value, ...channels])], { to: ElementType.float });
    const q = graph.add('Mul', [toFloat(query), scale]);
    const k = graph.add('Transpose', [toFloat(key)], { perm: [0, 2, 1] });
    const rows = bounds.map(([start, end]) => {
      const part = parts === 1 ? q : graph.add('Slice', [q, start, end, list(1)]);
      return reduce(graph.add('Softmax', [graph.add('MatMul', [part, k])], { axis: -1 }));
    });
    const whole = rows.length === 1 ? rows[0]! : graph.add('Concat', rows, { axis: 1 });
    return graph.add('Unsqueeze', [whole, list(1)]);
  });
  return ofHeads.length === 1 ? ofHeads[0]! : graph.add('Concat', ofHeads, { axis: 1 });
}

/** Where each part of the queries begins and ends, as the call has so many. */
function partBounds(graph: GraphRewriter, query: string, parts: number): [start: string, end: string][] {
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const count = graph.add('Slice', [graph.add('Shape', [query]), list(1), list(2), list(0)]);
  const at = Array.from({ length: parts + 1 }, (_, i) => graph.add('Div', [graph.add('Mul', [count, list(i)]), list(parts)]));
  return at.slice(1).map((end, i) => [at[i]!, end]);
}
