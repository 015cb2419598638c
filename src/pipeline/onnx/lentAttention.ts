import { keysOf, queriesOf, rowsOfValues } from './attentionOperands.js';
import type { FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { computedFrom } from './dataFlow.js';
import { onnxErrors } from './errors.js';
import type { GraphNode, GraphRewriter, Use } from './graphRewriter.js';
import { gated, giveOut, takeIn } from './lentValues.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says whether self-attention looks where the lending call looked: float32 `[1]`, 1 or 0. */
export const LENT_SELF_INPUT = 'frameloom/lent_self';

/** The input that says how much each token takes of the attention to each of the lending call's tokens: float32 `[lending tokens, tokens]`. */
export const LENT_TOKENS_INPUT = 'frameloom/lent_tokens';

/** The input with what each token keeps of its own attention: float32 `[tokens, 1]`. */
export const OWN_TOKENS_INPUT = 'frameloom/own_tokens';

/** The two operands of an attention that say where it looks. */
const operands = ['query', 'key'] as const;

/** Names of the values that a site lends, as outputs of the one call, and as inputs of the other. */
function lentName(what: (typeof operands)[number], { order }: FoundAttention['site'], to: 'out' | 'in'): string {
  return `frameloom/lent_${what}_${order}_${to}`;
}

/**
 * Gives out queries and keys of attentions: all that says where they look, and far less than the maps.
 *
 * @param attentions as found in this very graph.
 * @param shapes shapes of the file's values, as far as known.
 * @returns the outputs by the names of the inputs that take them.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where queries and keys are packed with the values.
 */
export function lendAttention(
  graph: GraphRewriter,
  attentions: readonly FoundAttention[],
  shapes: ReadonlyMap<string, Shape>,
): Map<string, string> {
  const outputs = new Map<string, string>();
  for (const { site, block } of attentions)
    for (const what of operands) {
      const use = useOf(graph, { site, block }, what);
      const value = use.node.inputs[use.input]!;
      outputs.set(lentName(what, site, 'in'), giveOut(graph, value, lentName(what, site, 'out'), shapes, block[what]));
    }
  return outputs;
}

/**
 * Lets self-attentions look where those of the lending call looked, while {@link LENT_SELF_INPUT} is 1; at 0 the network gives what it gave before.
 *
 * @param gate the input, where several rewrites share it.
 * @throws as {@link lendAttention}.
 */
export function borrowSelfAttention(
  graph: GraphRewriter,
  attentions: readonly FoundAttention[],
  shapes: ReadonlyMap<string, Shape>,
  gate = graph.addInput(LENT_SELF_INPUT, ElementType.float, [1]),
): void {
  for (const found of attentions)
    for (const what of operands) {
      const use = useOf(graph, found, what);
      const own = use.node.inputs[use.input]!;
      const lent = takeIn(graph, own, lentName(what, found.site, 'in'), shapes, found.block[what]);
      graph.rewire(use, gated(graph, gate, own, lent));
    }
}

/**
 * Mixes the attention to the text with that of the lending call: probabilities become `lent · A + own · diag(d)`, where A is fed as {@link LENT_TOKENS_INPUT} and d as
 * {@link OWN_TOKENS_INPUT} (Hertz et al. 2022, "Prompt-to-Prompt"). With A nought and d one the network gives what it gave before.
 *
 * Since (lent·A + own·diag(d))·V = lent·(A·V) + own·(diag(d)·V), it is a second attention over values that are mixed, which fused operators can do, too.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where queries, keys and values are packed, or the values cannot be reached token by token.
 */
export function borrowCrossAttention(
  graph: GraphRewriter,
  attentions: readonly FoundAttention[],
  shapes: ReadonlyMap<string, Shape>,
): void {
  const mixed = graph.addInput(LENT_TOKENS_INPUT, ElementType.float, ['lending_tokens', 'tokens']);
  const kept = graph.addInput(OWN_TOKENS_INPUT, ElementType.float, ['tokens', 1]);
  for (const found of attentions) {
    const { site, block } = found;
    const use = rowsOfValues(graph, block);
    if (!use || (block.form === 'MultiHeadAttention' && block.node.inputs[3])) throw packed(graph, site.id);
    const values = use.node.inputs[use.input]!;
    const lentValues = graph.add('MatMul', [castLike(graph, mixed, values), values]);
    graph.rewire(use, graph.add('Mul', [values, castLike(graph, kept, values)]));
    const own = block.context.outputs[0]!;
    const users = [...graph.usesOf(own)];
    const sum = graph.add('Add', [own, lentContext(graph, found, use, lentValues, shapes)]);
    for (const each of users) graph.rewire(each, sum);
  }
}

/** The attention again, of the lending call's queries and keys. */
function lentContext(
  graph: GraphRewriter,
  found: FoundAttention,
  values: Use,
  lentValues: string,
  shapes: ReadonlyMap<string, Shape>,
): string {
  const { context, scores } = found.block;
  const swapped = new Map<GraphNode, Map<number, string>>([[context, new Map([[values.input, lentValues]])]]);
  for (const what of operands) {
    const { node, input } = useOf(graph, found, what);
    const lent = takeIn(graph, node.inputs[input]!, lentName(what, found.site, 'in'), shapes, found.block[what]);
    swapped.set(node, new Map([...(swapped.get(node) ?? []), [input, lent]]));
  }
  const between = computedFrom(graph, scores.outputs[0]);
  const copies = new Map<GraphNode, string[]>();
  const copied = (node: GraphNode): string[] => {
    const known = copies.get(node);
    if (known) return known;
    const inputs = node.inputs.map((input, i) => {
      const before = graph.producer(input);
      return (
        swapped.get(node)?.get(i) ??
        (node !== scores && before && between.has(input) ? copied(before)[before.outputs.indexOf(input)]! : input)
      );
    });
    const outputs = graph.copy(node, inputs);
    copies.set(node, outputs);
    return outputs;
  };
  return copied(context)[0]!;
}

function useOf(graph: GraphRewriter, { site, block }: FoundAttention, what: (typeof operands)[number]): Use {
  const use = what === 'query' ? queriesOf(block) : keysOf(block);
  if (!use || use.input < 0) throw packed(graph, site.id);
  return use;
}

function packed(graph: GraphRewriter, id: string) {
  return onnxErrors.unsupported(
    graph.model.file,
    `queries, keys and values of ${id} are packed together, so that one call cannot be lent another's attention there.`,
  );
}
