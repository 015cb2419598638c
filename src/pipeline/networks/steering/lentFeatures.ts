import { ArgumentError } from '../../core/index.js';
import {
  borrowSelfAttention,
  borrowFeatures,
  computedFrom,
  type FoundAttention,
  GraphRewriter,
  LENT_FEATURES_INPUT,
  LENT_SELF_INPUT,
  lendAttention,
  lendFeatures,
  residualFeatures,
  tellingSizes,
} from '../../onnx/index.js';
import type { UNet } from '../unet.js';
import { LentCalls, type Loan } from './lentCalls.js';

/** What of a source's features is borrowed at a step. */
export interface FeatureTerms {
  /** Whether the residual block's features are the source's. */
  readonly features: boolean;
  /** Whether self-attention looks where the source's looks. */
  readonly attention: boolean;
}

/**
 * Spatial features of one residual block, and queries and keys of every self-attention behind it, lent by a source to an edit (Tumanyan et al. 2022, "Plug-and-Play
 * Diffusion Features for Text-Driven Image-to-Image Translation"). In Stable Diffusion these are `up_blocks.1.resnets.1` and the self-attentions from
 * `up_blocks.1.attentions.1` on, as in the authors' code.
 *
 * @throws {ArgumentError} for networks without self-attention there; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` for those without such a block, and where
 * queries and keys cannot be lent.
 */
export function lentFeatures({ attentions, graph }: UNet): Loan<FeatureTerms> {
  const shapes = attentions.shapesFor(tellingSizes);
  const plain = new GraphRewriter(attentions.model);
  const features = residualFeatures(plain, attentions.inputs, shapes);
  const behind = computedFrom(plain, features);
  const takesPart = ({ site, block }: FoundAttention) => site.kind === 'self' && behind.has(block.query);
  const orders = attentions.found.filter(takesPart).map(({ site }) => site.order);
  if (orders.length === 0)
    throw new ArgumentError('plug-and-play', graph.label, 'left out: the network has no self-attention behind the features that are lent');
  const calls = new LentCalls();
  const lender = attentions.attempted({
    key: `lend-features ${orders.join()}`,
    apply: (rewriter) => {
      const found = attentions.in(rewriter).filter(takesPart);
      return new Map([...lendFeatures(rewriter, features, shapes), ...lendAttention(rewriter, found, shapes)]);
    },
    taken: calls.take,
  });
  const borrowing = attentions.attempted({
    key: `borrow-features ${orders.join()}`,
    apply: (rewriter) => {
      borrowFeatures(rewriter, features, shapes);
      borrowSelfAttention(rewriter, attentions.in(rewriter).filter(takesPart), shapes);
    },
  });
  const gateOf = (open: boolean) => ({ data: [open ? 1 : 0], dims: [1] });
  return {
    lender,
    begin: () => calls.begin(),
    borrower: (terms) => ({
      ...borrowing,
      feeds: () => ({
        ...calls.give(),
        [LENT_FEATURES_INPUT]: gateOf(terms.features),
        [LENT_SELF_INPUT]: gateOf(terms.attention),
      }),
    }),
  };
}
