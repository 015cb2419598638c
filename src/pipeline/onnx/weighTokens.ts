import { rowsOfValues } from './attentionOperands.js';
import type { FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import { GraphRewriter } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { fixedSizes, inputShapes, type NetworkInputs, tellingSizes } from './networkInputs.js';
import { ElementType } from './onnxModel.js';

/** The input with what the attention to each text token is multiplied by: float32 `[tokens, 1]`, or by frame `[frames, tokens, 1]`. */
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

/**
 * As {@link weighTokens}, in a network through which all frames of a clip go together, each with weights of its own.
 *
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where the values cannot be reached token by token, and frame by frame.
 */
export function weighTokensByFrame(graph: GraphRewriter, attentions: readonly FoundAttention[], inputs: NetworkInputs): void {
  const sizes = fixedSizes(graph.model, inputs, tellingSizes);
  const fed = inputShapes(graph.model, inputs, sizes);
  const text = inputs.text === undefined ? undefined : fed.get(inputs.text);
  // A row of text for each frame, also where the file names that axis as another.
  if (text) fed.set(inputs.text!, [sizes.frames, ...text.slice(1)]);
  const shapes = inferShapes(new GraphRewriter(graph.model), fed);
  const weights = graph.addInput(TOKEN_WEIGHTS_INPUT, ElementType.float, ['frames', 'tokens', 1]);
  for (const { site, block } of attentions) {
    if (site.kind !== 'cross') continue;
    const use = rowsOfValues(graph, block);
    const values = use?.node.inputs[use.input];
    const shape = values === undefined ? undefined : shapes.get(values);
    // [frames, tokens, channels], or with an axis for heads before the tokens.
    if (!use || values === undefined || shape?.[0] !== sizes.frames || shape.length < 3 || shape.length > 4)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the values of ${site.id} cannot be told apart by frames and tokens, so words cannot be weighed frame by frame there.`,
      );
    const wide = shape.length === 3 ? weights : graph.add('Unsqueeze', [weights, graph.constant([1], ElementType.int64)]);
    graph.rewire(use, graph.add('Mul', [values, castLike(graph, wide, values)]));
  }
}
