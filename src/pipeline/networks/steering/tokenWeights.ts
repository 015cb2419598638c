import { TOKEN_WEIGHTS_INPUT, weighTokens, weighTokensByFrame } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/**
 * Cross-attention whose probabilities are multiplied by a weight for each token (Hertz et al. 2022, "Prompt-to-Prompt", attention re-weighting).
 *
 * @param weights by position of the token, from 0, one for all frames that are predicted or one for each, where each goes through the network by itself or all go together
 * with a row of text for each; all other tokens have 1. An empty map changes nothing.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where an attention's values cannot be reached token by token, or frame by frame.
 */
export function tokenWeights({ attentions, hasMotion }: UNet, weights: ReadonlyMap<number, number | readonly number[]>): GraphRewrite {
  const row = (tokens: number, frame: number) => Array.from({ length: tokens }, (_, token) => weightAt(weights.get(token), frame));
  if (hasMotion && [...weights.values()].some((weight) => typeof weight !== 'number'))
    return attentions.attempted({
      key: 'token-weights-by-frame',
      apply: (rewriter) => weighTokensByFrame(rewriter, attentions.in(rewriter), attentions.inputs),
      feeds: ({ tokens, frames }) => ({
        [TOKEN_WEIGHTS_INPUT]: { data: Array.from({ length: frames }, (_, frame) => row(tokens, frame)).flat(), dims: [frames, tokens, 1] },
      }),
    });
  return attentions.attempted({
    key: 'token-weights',
    apply: (rewriter) => weighTokens(rewriter, attentions.in(rewriter)),
    feeds: ({ tokens, first }) => ({
      [TOKEN_WEIGHTS_INPUT]: { data: row(tokens, first), dims: [tokens, 1] },
    }),
  });
}

function weightAt(weight: number | readonly number[] = 1, frame: number): number {
  return typeof weight === 'number' ? weight : weight[Math.min(frame, weight.length - 1)]!;
}
