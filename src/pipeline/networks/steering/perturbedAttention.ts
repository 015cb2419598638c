import { ArgumentError } from '../../core/index.js';
import { type AttentionSite, identityAttention, tellingSizes } from '../../onnx/index.js';
import { isIn } from '../networkAttentions.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/** As in the paper, and as diffusers takes where nobody names layers. */
const middle = ['mid_block'];

/**
 * The network with self-attention left out of some layers, so that it loses the picture's structure there: what perturbed-attention guidance leads away from (Ahn et
 * al. 2024, "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance").
 *
 * @param layers self-attentions by id or by the start of their path; `mid_block` by default.
 * @throws {ArgumentError} naming the self-attentions that there are; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where one cannot be left out.
 */
export function perturbedAttention({ attentions, graph }: UNet, layers: readonly string[] = middle): GraphRewrite {
  const all = attentions.sites.filter(({ kind }) => kind === 'self');
  const missing = layers.find((layer) => !all.some((site) => isIn(site, layer)));
  if (missing !== undefined)
    throw new ArgumentError(
      'pagAppliedLayers',
      missing,
      `the id or the start of the path of a self-attention of ${graph.label}: ${all.map(({ id }) => id).join(', ') || 'it has none'}`,
    );
  const chosen = ({ id, kind }: AttentionSite) => kind === 'self' && layers.some((layer) => isIn({ id }, layer));
  const orders = all.filter(chosen).map(({ order }) => order);
  return attentions.attempted({
    key: `identity-attention ${orders.join()}`,
    apply: (rewriter) => {
      const found = attentions.in(rewriter).filter(({ site }) => chosen(site));
      identityAttention(rewriter, found, attentions.shapesFor(tellingSizes));
      return undefined;
    },
  });
}
