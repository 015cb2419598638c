import type { AttentionSite } from './attention.js';
import { onnxErrors } from './errors.js';
import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import { findPattern, type NodePattern } from './nodePattern.js';

/** One attention as the nodes and values of a graph that make it up. */
export interface AttentionBlock {
  /** How the file spells it. */
  readonly form: AttentionSite['form'];
  /** The node that its name is taken from: the softmax, or the fused operator. */
  readonly node: GraphNode;
  /** The value with the queries, and the one with the keys, as the operator takes them. */
  readonly query: string;
  readonly key: string;
  /** The value with the probabilities, where the graph has one. */
  readonly probabilities: string | undefined;
  /** The node that multiplies the probabilities with the values; of a fused operator the operator itself. */
  readonly context: GraphNode;
  /** The node that multiplies queries with keys; of a fused operator the operator itself. */
  readonly scores: GraphNode;
}

const products = ['MatMul', 'FusedMatMul', 'Einsum'];
const shaping = ['Reshape', 'Transpose', 'Cast', 'Identity', 'Dropout', 'Squeeze', 'Unsqueeze', 'Expand'];

/** No network has more; each costs a walk through the graph. */
const MOST_ATTENTIONS = 2000;

/** MatMul → (scale, mask, reshapes) → Softmax → (reshapes) → MatMul, as most exporters write an attention. */
function decomposed(varies: (value: string) => boolean): NodePattern {
  return {
    as: 'context',
    op: products,
    inputs: [
      {
        as: 'softmax',
        op: ['Softmax'],
        // What guards against rows that are masked out wholly: where the softmax is NaN, take 0.
        through: [...shaping, 'Where', 'Mul'],
        where: ({ attributes }) => (attributes.get('axis')?.number ?? -1) !== 0,
        inputs: [
          {
            as: 'scores',
            op: products,
            through: [...shaping, 'Mul', 'Div', 'Add', 'Sub', 'Where', 'Clip', 'Max', 'Tanh'],
            // The product of two things that depend on what is fed; one with a weight is a projection.
            where: ({ inputs }) => inputs.length >= 2 && inputs.slice(0, 2).every(varies),
          },
        ],
      },
    ],
  };
}

/**
 * The attentions of a graph in its order, found by what they compute and not by their names.
 *
 * @param varies whether a value depends on what is fed to the graph.
 */
export function findAttentionBlocks(graph: GraphRewriter, varies: (value: string) => boolean): AttentionBlock[] {
  const blocks = new Map<GraphNode, AttentionBlock>();
  for (const found of findPattern(graph, decomposed(varies))) {
    const [context, softmax, scores] = [found.get('context')!, found.get('softmax')!, found.get('scores')!];
    if (blocks.has(softmax)) continue;
    const [query, key] = queryAndKey(scores);
    blocks.set(softmax, { form: 'decomposed', node: softmax, query, key, probabilities: softmax.outputs[0]!, context, scores });
  }
  for (const node of graph.nodes) {
    const form = fusedForm(node);
    if (!form) continue;
    // A packed query holds the keys and values too.
    const key = form === 'com.microsoft.Attention' || !node.inputs[1] ? node.inputs[0]! : node.inputs[1];
    blocks.set(node, { form, node, query: node.inputs[0]!, key, probabilities: undefined, context: node, scores: node });
  }
  if (blocks.size > MOST_ATTENTIONS) throw onnxErrors.tooLarge(graph.model.file, `it has ${blocks.size} attentions`);
  return graph.nodes.flatMap((node) => blocks.get(node) ?? []);
}

function fusedForm({ opType, domain }: GraphNode): Exclude<AttentionSite['form'], 'decomposed'> | undefined {
  if (domain === 'com.microsoft' && opType === 'MultiHeadAttention') return 'MultiHeadAttention';
  if (opType === 'Attention') return domain === 'com.microsoft' ? 'com.microsoft.Attention' : domain === '' ? 'Attention' : undefined;
  return undefined;
}

/** Which operand of a product is the keys: the one whose letter the last axis of the scores has; of a MatMul the second. */
function queryAndKey({ inputs, attributes }: GraphNode): [query: string, key: string] {
  const [operands, result] = (attributes.get('equation')?.text ?? '').replaceAll(' ', '').split('->');
  const swapped = operands !== undefined && result !== undefined && operands.split(',')[0]!.includes(result.at(-1)!);
  return swapped ? [inputs[1]!, inputs[0]!] : [inputs[0]!, inputs[1]!];
}
