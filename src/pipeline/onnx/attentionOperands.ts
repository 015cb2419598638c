import type { AttentionBlock } from './attentionBlocks.js';
import { computedFrom } from './dataFlow.js';
import type { GraphNode, GraphRewriter, Use } from './graphRewriter.js';

/** Where an attention takes its queries; undefined where they are packed with others. */
export function queriesOf(block: AttentionBlock): Use | undefined {
  const { form, node, scores, query } = block;
  if (form === 'decomposed') return { node: scores, input: asInFile(scores).indexOf(query) };
  return takesThemApart(block) ? { node, input: 0 } : undefined;
}

/** Where it takes its keys; undefined where they are packed with others. */
export function keysOf(block: AttentionBlock): Use | undefined {
  const { form, node, scores, key } = block;
  if (form === 'decomposed') return { node: scores, input: asInFile(scores).lastIndexOf(key) };
  return takesThemApart(block) ? { node, input: 1 } : undefined;
}

/** What a node took before anything was rewritten. */
function asInFile({ inputs, original }: GraphNode): readonly string[] {
  return original?.inputs ?? inputs;
}

/** Where it takes its values; undefined where they are packed with others. */
export function valuesOf(graph: GraphRewriter, block: AttentionBlock): Use | undefined {
  const { form, node, context, probabilities } = block;
  if (form !== 'decomposed') return takesThemApart(block) ? { node, input: 2 } : undefined;
  const weighted = computedFrom(graph, probabilities);
  return { node: context, input: context.inputs.findIndex((value) => !weighted.has(value)) };
}

/**
 * As {@link valuesOf}, where its last axes are keys and channels of a head, or of all heads, and those of the attention's output are queries and the same
 * channels, as every spelling but some of Einsum's has it.
 */
export function rowsOfValues(graph: GraphRewriter, block: AttentionBlock): Use | undefined {
  const use = valuesOf(graph, block);
  const equation = block.context.attributes.get('equation')?.text?.replaceAll(' ', '');
  if (use === undefined || equation === undefined) return use;
  const [operands, result = ''] = equation.split('->');
  const [probabilities = '', values = ''] = use.input === 1 ? operands!.split(',') : operands!.split(',').reverse();
  return values.at(-2) === probabilities.at(-1) && values.at(-1) === result.at(-1) && probabilities.at(-2) === result.at(-2)
    ? use
    : undefined;
}

function takesThemApart({ form, node }: AttentionBlock): boolean {
  return form !== 'com.microsoft.Attention' && Boolean(node.inputs[1] && node.inputs[2]);
}
