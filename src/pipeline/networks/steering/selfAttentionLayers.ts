import { ArgumentError } from '../../core/index.js';
import type { AttentionSite } from '../../onnx/index.js';
import { isIn } from '../networkAttentions.js';
import type { UNet } from '../unet.js';

/**
 * Chooses self-attentions by name.
 *
 * @param option what named them, for messages.
 * @param layers ids or the starts of their paths.
 * @returns whether an attention is one of them, and their places in the order of computation.
 * @throws {ArgumentError} naming the self-attentions that there are.
 */
export function selfAttentionLayers(
  { attentions, graph }: UNet,
  option: string,
  layers: readonly string[],
): { chosen: (site: AttentionSite) => boolean; orders: number[] } {
  const all = attentions.sites.filter(({ kind }) => kind === 'self');
  const missing = layers.find((layer) => !all.some((site) => isIn(site, layer)));
  if (missing !== undefined)
    throw new ArgumentError(
      option,
      missing,
      `the id or the start of the path of a self-attention of ${graph.label}: ${all.map(({ id }) => id).join(', ') || 'it has none'}`,
    );
  const chosen = ({ id, kind }: AttentionSite) => kind === 'self' && layers.some((layer) => isIn({ id }, layer));
  return { chosen, orders: all.filter(chosen).map(({ order }) => order) };
}
