import type { FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';

/** The input with what is added to the scores of cross-attention at a resolution: float32 `[places, tokens]`. @param factor latent pixels per side of a place. */
export function scoreBiasInput(factor: number): string {
  return `frameloom/score_bias_${factor}`;
}

/**
 * Adds a bias to the scores of every cross-attention before the softmax, one for each resolution, by which places see some tokens and not others. Zeros give
 * exactly what the network gave before.
 *
 * @param attentions as found in this very graph; those that are no cross-attentions are passed over.
 * @returns the factors of the resolutions, each of which has an input of the name that {@link scoreBiasInput} gives.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for attentions that have a bias or a mask already, or whose resolution cannot be told.
 */
export function biasAttention(graph: GraphRewriter, attentions: readonly FoundAttention[]): number[] {
  const inputs = new Map<number, string>();
  for (const { site, block } of attentions) {
    const { id, factor } = site;
    if (site.kind !== 'cross') continue;
    if (factor === undefined) throw refused(graph, id, 'its resolution cannot be told');
    const bias = inputs.get(factor) ?? graph.addInput(scoreBiasInput(factor), ElementType.float, [`places_${factor}`, 'tokens']);
    inputs.set(factor, bias);
    const { form, node } = block;
    if (form === 'decomposed') {
      const scores = node.inputs[0]!;
      graph.rewire({ node, input: 0 }, graph.add('Add', [scores, castLike(graph, bias, scores)]));
      continue;
    }
    // Where the fused operators take what is added to scores: com.microsoft's sixth input, ONNX's fourth.
    const at = form === 'MultiHeadAttention' ? 5 : 3;
    if (form === 'com.microsoft.Attention' || node.inputs[at]) throw refused(graph, id, 'it takes a mask of its own');
    graph.extend({ node, input: at }, unsqueezed(graph, castLike(graph, bias, node.inputs[0]!)));
  }
  return [...inputs.keys()];
}

/** `[places, tokens]` to `[1, 1, places, tokens]`. The axes are an attribute up to version 12, an input from 13 on. */
function unsqueezed(graph: GraphRewriter, value: string): string {
  if (graph.opset < 13) return graph.add('Unsqueeze', [value], { axes: [0, 1] });
  return graph.add('Unsqueeze', [value, graph.constant([0, 1], ElementType.int64)]);
}

function refused(graph: GraphRewriter, id: string, why: string) {
  return onnxErrors.unsupported(graph.model.file, `places cannot be told which words to look at in ${id}: ${why}.`);
}
