import { rowsOfValues } from './attentionOperands.js';
import type { FoundAttention } from './attentionSites.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/**
 * Replaces self-attentions by the identity, so that each place keeps its own value: the perturbed network of Ahn et al. 2024, "Self-Rectifying Diffusion
 * Sampling with Perturbed-Attention Guidance".
 *
 * @param attentions as found in this very graph.
 * @param shapes shapes of the graph's values, as far as known.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where an attention's output is not laid out as its values are.
 */
export function identityAttention(graph: GraphRewriter, attentions: readonly FoundAttention[], shapes: ReadonlyMap<string, Shape>): void {
  for (const { site, block } of attentions) {
    const use = rowsOfValues(graph, block);
    const { form, node, context } = block;
    const biased = form === 'MultiHeadAttention' && Boolean(node.inputs[3]);
    if (!use || biased)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the values of ${site.id} are not apart from its queries and keys, so attention cannot be left out there. Name other layers.`,
      );
    const values = use.node.inputs[use.input]!;
    // Of values by heads, the fused operator gives heads that are joined again.
    const byHeads = form === 'MultiHeadAttention' && shapes.get(values)?.length === 4;
    const kept = byHeads ? joinHeads(graph, values) : values;
    for (const each of [...graph.usesOf(context.outputs[0]!)]) graph.rewire(each, kept);
  }
}

function joinHeads(graph: GraphRewriter, values: string): string {
  const byPlaces = graph.add('Transpose', [values], { perm: [0, 2, 1, 3] });
  return graph.add('Reshape', [byPlaces, graph.constant([0, 0, -1], ElementType.int64)]);
}
