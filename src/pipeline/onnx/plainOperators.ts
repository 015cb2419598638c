import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';

/**
 * Spells products with transposed matrices (com.microsoft's `FusedMatMul`) as `Transpose` and `MatMul`, which every device has; WebGPU and CoreML leave the fused
 * operator to the processor, and the values would go there and back at every layer. ONNX Runtime transposes weights once, at load.
 *
 * Only products with a matrix `[out, in]` as their second factor are spelt so.
 */
export function plainProducts(graph: GraphRewriter): void {
  const matrices = new Set(graph.model.initializers.filter(({ dims }) => dims.length === 2).map(({ name }) => name));
  for (const node of nodesOf(graph, 'FusedMatMul')) {
    const [left = '', right = ''] = node.inputs;
    const number = (name: string, standard: number) => node.attributes.get(name)?.number ?? standard;
    const isLinear = number('transB', 0) === 1 && number('alpha', 1) === 1;
    const isOther = ['transA', 'transBatchA', 'transBatchB'].some((name) => number(name, 0) !== 0);
    // In graphs of ours weights may be computed (cast, or changed by a LoRA), and all of them are matrices.
    const isMatrix = matrices.has(right) || typeof graph.model.source !== 'string';
    if (isLinear && !isOther && isMatrix)
      replace(graph, node, graph.add('MatMul', [left, graph.add('Transpose', [right], { perm: [1, 0] })]));
  }
}

/**
 * Spells com.microsoft's `MultiHeadAttention` in plain steps: scores, softmax, weighted sum. Slower, and with all scores in memory; for devices whose fused operator gives
 * wrong numbers.
 *
 * Only those without masks and caches, and with queries, keys and values apart, are spelt so.
 */
export function plainAttention(graph: GraphRewriter): void {
  const integers = (...values: number[]) => graph.constant(values, ElementType.int64);
  for (const node of nodesOf(graph, 'MultiHeadAttention')) {
    const [q = '', k = '', v = '', projectionBias = '', mask = '', bias = '', ...cache] = node.inputs;
    const heads = node.attributes.get('num_heads')?.number;
    const unusual = [projectionBias, mask, ...cache].some((input) => input !== '');
    const isCausal = node.attributes.get('unidirectional')?.number === 1;
    if (heads === undefined || unusual || isCausal || k === '' || v === '' || node.outputs.length > 1) continue;
    const split = (value: string, perm: readonly number[]) =>
      graph.add('Transpose', [graph.add('Reshape', [value, integers(0, 0, heads, -1)])], { perm });
    const query = split(q, [0, 2, 1, 3]);
    const products = graph.add('MatMul', [query, split(k, [0, 2, 3, 1])]);
    const scale = node.attributes.get('scale')?.number;
    const scores = scale
      ? graph.add('Mul', [products, graph.constant([scale], ElementType.float, [])])
      : graph.add('Div', [products, graph.add('Sqrt', [widthOf(graph, query)])]);
    const weights = graph.add('Softmax', [bias === '' ? scores : graph.add('Add', [scores, bias])], { axis: -1 });
    const mixed = graph.add('MatMul', [weights, split(v, [0, 2, 1, 3])]);
    const joined = graph.add('Transpose', [mixed], { perm: [0, 2, 1, 3] });
    replace(graph, node, graph.add('Reshape', [joined, integers(0, 0, -1)]));
  }
}

/** Length of the last of four axes, as a number to calculate with. */
function widthOf(graph: GraphRewriter, value: string): string {
  const at = (place: number) => graph.constant([place], ElementType.int64);
  const width = graph.add('Slice', [graph.add('Shape', [value]), at(3), at(4), at(0)]);
  return graph.add('Cast', [width], { to: ElementType.float });
}

function nodesOf(graph: GraphRewriter, opType: string): GraphNode[] {
  return graph.nodes.filter((node) => node.domain === 'com.microsoft' && node.opType === opType);
}

/** Leads everything that used the only output of a node to another value, and takes the node out; left as it is where it is an output of the graph. */
function replace(graph: GraphRewriter, node: GraphNode, value: string): void {
  const output = node.outputs[0]!;
  for (const use of [...graph.usesOf(output)]) graph.rewire(use, value);
  if (!graph.model.outputs.some(({ name }) => name === output)) graph.remove(node);
}
