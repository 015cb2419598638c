import type { AttentionBlock } from './attentionBlocks.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/**
 * Adds what a fused attention computes inside itself: `softmax(q · kᵀ · scale)` as a value `[batch, heads, queries, keys]` of
 * float32. The operator stays as it is, so its output does not change.
 *
 * Definitions: ONNX `Attention` (opset 23), com.microsoft `MultiHeadAttention` and `Attention`.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for masks, caches and other variants that denoising networks do without.
 */
export function fusedProbabilities(graph: GraphRewriter, block: AttentionBlock, shapes: ReadonlyMap<string, Shape>): string {
  const { form } = block;
  const [q, k] =
    form === 'Attention'
      ? standard(graph, block, shapes)
      : form === 'MultiHeadAttention'
        ? multiHead(graph, block, shapes)
        : joined(graph, block, shapes);
  const scores = graph.add('MatMul', [q, graph.add('Transpose', [k], { perm: [0, 1, 3, 2] })]);
  const scaled = scale(graph, block, scores, q);
  const bias = form === 'Attention' ? undefined : block.node.inputs[5];
  const biased = bias ? graph.add('Add', [scaled, toFloat(graph, bias)]) : scaled;
  return graph.add('Softmax', [biased], { axis: -1 });
}

/** ONNX's own: `[batch, heads, length, size]`, or `[batch, length, heads × size]` with the number of heads beside it. */
function standard(graph: GraphRewriter, { node }: AttentionBlock, shapes: ReadonlyMap<string, Shape>): [string, string] {
  const number = (name: string) => node.attributes.get(name)?.number ?? 0;
  refuse(graph, node.name, node.inputs.slice(3).some((input) => input !== '') && 'takes a mask or a cache');
  refuse(graph, node.name, number('is_causal') === 1 && 'is causal');
  refuse(graph, node.name, number('softcap') !== 0 && 'caps its scores');
  refuse(graph, node.name, number('q_num_heads') !== number('kv_num_heads') && 'shares keys between heads');
  const heads = (value: string) =>
    shapes.get(value)?.length === 4 ? toFloat(graph, value) : splitHeads(graph, value, number('q_num_heads'));
  return [heads(node.inputs[0]!), heads(node.inputs[1]!)];
}

/** com.microsoft's: three inputs, or keys and values packed into one, or all three. */
function multiHead(graph: GraphRewriter, { node }: AttentionBlock, shapes: ReadonlyMap<string, Shape>): [string, string] {
  const [query = '', key = '', value = '', bias = '', mask = '', , ...cache] = node.inputs;
  const heads = node.attributes.get('num_heads')?.number ?? 1;
  refuse(graph, node.name, mask !== '' && 'takes a padding mask');
  refuse(graph, node.name, cache.some((input) => input !== '') && 'takes a cache');
  refuse(graph, node.name, node.attributes.get('unidirectional')?.number === 1 && 'is causal');
  const part = (packed: string, i: number) =>
    graph.add('Reshape', [slice(graph, packed, 3, i, i + 1), graph.constant([0, 0, -1], ElementType.int64)]);
  const q = key === '' ? part(query, 0) : query;
  const k = key === '' ? part(query, 1) : value === '' ? part(key, 0) : key;
  if (value !== '' && shapes.get(key)?.length === 4) return [splitHeads(graph, q, heads), toFloat(graph, k)];
  if (bias === '') return [splitHeads(graph, q, heads), splitHeads(graph, k, heads)];
  const width = key === '' ? product(shapes.get(query), [2, 4]) : shapes.get(query)?.[2];
  if (width === undefined)
    throw onnxErrors.unsupported(
      graph.model.file,
      `the number of channels of the attention ${node.name} cannot be told, so its maps cannot be taken.`,
    );
  const biased = (input: string, i: number) => graph.add('Add', [input, slice(graph, bias, 0, i * width, (i + 1) * width)]);
  return [splitHeads(graph, biased(q, 0), heads), splitHeads(graph, biased(k, 1), heads)];
}

/** com.microsoft's self-attention with the projections inside. */
function joined(graph: GraphRewriter, { node }: AttentionBlock, shapes: ReadonlyMap<string, Shape>): [string, string] {
  const [input = '', weights = '', bias = '', mask = '', past = ''] = node.inputs;
  refuse(graph, node.name, mask !== '' && 'takes a mask');
  refuse(graph, node.name, past !== '' && 'takes a cache');
  refuse(
    graph,
    node.name,
    (node.attributes.get('unidirectional')?.number === 1 && 'is causal') ||
      (node.attributes.get('do_rotary')?.number === 1 && 'rotates positions'),
  );
  const whole = shapes.get(weights)?.[1];
  const width = node.attributes.get('qkv_hidden_sizes')?.numbers?.[0] ?? (whole === undefined ? undefined : whole / 3);
  if (width === undefined)
    throw onnxErrors.unsupported(
      graph.model.file,
      `the number of channels of the attention ${node.name} cannot be told, so its maps cannot be taken.`,
    );
  return [0, 1].map((i) => {
    const projected = graph.add('MatMul', [input, slice(graph, weights, 1, i * width, (i + 1) * width)]);
    const biased = bias === '' ? projected : graph.add('Add', [projected, slice(graph, bias, 0, i * width, (i + 1) * width)]);
    return splitHeads(graph, biased, node.attributes.get('num_heads')?.number ?? 1);
  }) as [string, string];
}

/** Times the given scale, or divided by the root of the size of a head. */
function scale(graph: GraphRewriter, { node }: AttentionBlock, scores: string, q: string): string {
  const given = node.attributes.get('scale')?.number;
  if (given) return graph.add('Mul', [scores, graph.constant([given], ElementType.float, [])]);
  const size = toFloat(graph, slice(graph, graph.add('Shape', [q]), 0, 3, 4));
  return graph.add('Div', [scores, graph.add('Sqrt', [size])]);
}

function splitHeads(graph: GraphRewriter, value: string, heads: number): string {
  const split = graph.add('Reshape', [toFloat(graph, value), graph.constant([0, 0, heads, -1], ElementType.int64)]);
  return graph.add('Transpose', [split], { perm: [0, 2, 1, 3] });
}

function slice(graph: GraphRewriter, value: string, axis: number, start: number, end: number): string {
  return graph.add('Slice', [value, ...[start, end, axis].map((number) => graph.constant([number], ElementType.int64))]);
}

function toFloat(graph: GraphRewriter, value: string): string {
  return graph.add('Cast', [value], { to: ElementType.float });
}

function product(shape: Shape | undefined, axes: readonly number[]): number | undefined {
  return axes.reduce<number | undefined>(
    (total, axis) => (total === undefined || shape?.[axis] === undefined ? undefined : total * shape[axis]),
    1,
  );
}

function refuse(graph: GraphRewriter, node: string, problem: string | false): void {
  if (problem)
    throw onnxErrors.unsupported(
      graph.model.file,
      `the attention ${node} ${problem}, and the maps of such ones cannot be taken. Leave it out of the layers.`,
    );
}
