import { ArgumentError } from '../../core/index.js';
import {
  type AttentionSite,
  borrowCrossAttention,
  borrowSelfAttention,
  LENT_SELF_INPUT,
  LENT_TOKENS_INPUT,
  lendAttention,
  OWN_TOKENS_INPUT,
  tellingSizes,
} from '../../onnx/index.js';
import type { TokenAlignment } from '../promptAlignment.js';
import type { UNet } from '../unet.js';
import { LentCalls, type Loan } from './lentCalls.js';

/** How much of the source's attention is borrowed at a step. */
export interface AttentionTerms {
  /** Whether self-attention looks where the source's looks. */
  readonly self: boolean;
  /** Whose tokens' attention takes the place of the prompt's own; undefined for none. */
  readonly cross: TokenAlignment | undefined;
}

/** Places that a self-attention may have for its maps to be borrowed, as in the authors' code: coarse ones hold the layout. */
const MOST_PLACES = 16 * 16;

/**
 * Attention of a source lent to an edit: where its words and its places look (Hertz et al. 2022, "Prompt-to-Prompt Image Editing with Cross Attention Control").
 *
 * Every cross-attention takes part, and every self-attention within frames of at most 16 × 16 places. What is lent are queries and keys.
 * @param size of the latents.
 * @throws {ArgumentError} for networks without cross-attention; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where an attention cannot be lent.
 */
export function lentAttention(
  { attentions, graph }: UNet,
  { height, width }: { readonly height: number; readonly width: number },
): Loan<AttentionTerms> {
  const coarse = ({ factor }: AttentionSite) =>
    factor !== undefined && Math.ceil(height / factor) * Math.ceil(width / factor) <= MOST_PLACES;
  const takesPart = (site: AttentionSite) => site.kind === 'cross' || (site.kind === 'self' && coarse(site));
  const sites = attentions.sites.filter(takesPart);
  const hasSelf = sites.some(({ kind }) => kind === 'self');
  if (!sites.some(({ kind }) => kind === 'cross'))
    throw new ArgumentError('prompt-to-prompt', graph.label, 'left out: the network has no cross-attention whose words could be followed');
  const calls = new LentCalls();
  const key = sites.map(({ order }) => order).join();
  const shapes = attentions.shapesFor(tellingSizes);
  const lender = attentions.attempted({
    key: `lend-attention ${key}`,
    apply: (rewriter) =>
      lendAttention(
        rewriter,
        attentions.in(rewriter).filter(({ site }) => takesPart(site)),
        shapes,
      ),
    taken: calls.take,
  });
  const borrowing = attentions.attempted({
    key: `borrow-attention ${key}`,
    apply: (rewriter) => {
      const found = attentions.in(rewriter).filter(({ site }) => takesPart(site));
      const ofKind = (wanted: AttentionSite['kind']) => found.filter(({ site }) => site.kind === wanted);
      if (hasSelf) borrowSelfAttention(rewriter, ofKind('self'), shapes);
      borrowCrossAttention(rewriter, ofKind('cross'), shapes);
    },
  });
  return {
    lender,
    begin: () => calls.begin(),
    borrower: ({ self, cross }) => ({
      ...borrowing,
      feeds: ({ tokens }) => {
        const { mapped = new Float32Array(tokens * tokens), shared = new Float32Array(tokens) } = cross ?? {};
        return {
          ...calls.give(),
          ...(hasSelf && { [LENT_SELF_INPUT]: { data: [self ? 1 : 0], dims: [1] } }),
          [LENT_TOKENS_INPUT]: { data: mapped, dims: [tokens, tokens] },
          [OWN_TOKENS_INPUT]: { data: shared.map((share) => 1 - share), dims: [tokens, 1] },
        };
      },
    }),
  };
}
