import { identityAttention, tellingSizes } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';
import { selfAttentionLayers } from './selfAttentionLayers.js';

/** As in the paper, and as diffusers takes where nobody names layers. */
const middle = ['mid_block'];

/**
 * The network with self-attention left out of some layers, so that it loses the picture's structure there: what perturbed-attention guidance leads away from (Ahn et
 * al. 2024, "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance").
 *
 * @param layers self-attentions by id or by the start of their path; `mid_block` by default.
 * @throws {ArgumentError} naming the self-attentions that there are; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where one cannot be left out.
 */
export function perturbedAttention(unet: UNet, layers: readonly string[] = middle): GraphRewrite {
  const { attentions } = unet;
  const { chosen, orders } = selfAttentionLayers(unet, 'pagAppliedLayers', layers);
  return attentions.attempted({
    key: `identity-attention ${orders.join()}`,
    apply: (rewriter) => {
      const found = attentions.in(rewriter).filter(({ site }) => chosen(site));
      identityAttention(rewriter, found, attentions.shapesFor(tellingSizes));
      return undefined;
    },
  });
}
