import { TOKEN_WEIGHTS_INPUT, weighTokens } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/**
 * Cross-attention whose probabilities are multiplied by a weight for each token (Hertz et al. 2022, "Prompt-to-Prompt", attention re-weighting).
 *
 * @param weights by position of the token, from 0; all others have 1. An empty map changes nothing.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where an attention's values cannot be reached token by token.
 */
export function tokenWeights({ attentions }: UNet, weights: ReadonlyMap<number, number>): GraphRewrite {
  return attentions.attempted({
    key: 'token-weights',
    apply: (rewriter) => weighTokens(rewriter, attentions.in(rewriter)),
    feeds: ({ tokens }) => ({
      [TOKEN_WEIGHTS_INPUT]: { data: Array.from({ length: tokens }, (_, token) => weights.get(token) ?? 1), dims: [tokens, 1] },
    }),
  });
}
