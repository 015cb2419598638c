import { rowsOfValues } from './attentionOperands.js';
import type { FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';

/** The input with what the attention to each text token is multiplied by: float32 `[tokens, 1]`. */
export const TOKEN_WEIGHTS_INPUT = 'frameloom/token_weights';

/**
 * Multiplies the probabilities of every cross-attention by a weight for each token, after the softmax (Hertz et al. 2022, "Prompt-to-Prompt", attention
 * re-weighting). Weights of 1 give exactly what the network gave before.
 *
 * It is the values that are multiplied: Σ (wₖ·pₖ)·vₖ = Σ pₖ·(wₖ·vₖ), which fused operators can do, too.
 * @param attentions as found in this very graph; those that are no cross-attentions are passed over.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where the values cannot be reached token by token.
 */
export function weighTokens(graph: GraphRewriter, attentions: readonly FoundAttention[]): void {
  const weights = graph.addInput(TOKEN_WEIGHTS_INPUT, ElementType.float, ['tokens', 1]);
  for (const { site, block } of attentions) {
    if (site.kind !== 'cross') continue;
    const use = rowsOfValues(graph, block);
    if (!use)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the values of ${site.id} cannot be told apart by tokens, so words cannot be weighed there.`,
      );
    const values = use.node.inputs[use.input]!;
    graph.rewire(use, graph.add('Mul', [values, castLike(graph, weights, values)]));
  }
}
