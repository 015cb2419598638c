import { blurInput, smoothQueries, tellingSizes } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';
import { selfAttentionLayers } from './selfAttentionLayers.js';

/** As in the paper. */
const middle = ['mid_block'];

/**
 * The network with blurred queries in some self-attentions: what smoothed energy guidance leads away from (Hong 2024, "Smoothed Energy Guidance: Guiding Diffusion
 * Models with Reduced Energy Curvature of Attention"), by the kernel of the author's code.
 *
 * @param sigma standard deviation of the blur, in the layer's own places; undefined for infinity, the mean over the picture.
 * @param layers self-attentions by id or by the start of their path; `mid_block` by default.
 * @throws {ArgumentError} naming the self-attentions that there are; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where queries cannot be blurred.
 */
export function smoothedAttention(unet: UNet, sigma: number | undefined, layers: readonly string[] = middle): GraphRewrite {
  const { attentions } = unet;
  const { chosen, orders } = selfAttentionLayers(unet, 'segAppliedLayers', layers);
  let factors: readonly number[] = [];
  return attentions.attempted({
    key: `smoothed-attention ${orders.join()}`,
    apply: (rewriter) => {
      const found = attentions.in(rewriter).filter(({ site }) => chosen(site));
      factors = smoothQueries(rewriter, found, attentions.shapesFor(tellingSizes));
      return undefined;
    },
    feeds: ({ height, width }) =>
      Object.fromEntries(
        factors.flatMap((factor) => {
          const blur = (axis: 'rows' | 'columns', places: number) =>
            [blurInput(axis, factor), { data: blurMatrix(places, sigma), dims: [places, places] }] as const;
          return [blur('rows', Math.ceil(height / factor)), blur('columns', Math.ceil(width / factor))];
        }),
      ),
  });
}

/** What each place of a row of places takes of the others: a Gaussian of three deviations to each side, but no wider than the row, which is mirrored at its ends. */
function blurMatrix(places: number, sigma: number | undefined): Float32Array {
  const out = new Float32Array(places * places);
  if (sigma === undefined) return out.fill(1 / places);
  const wide = Math.ceil(6 * sigma);
  const taps = Math.min(wide + 1 - (wide % 2), places - ((places % 2) - 1));
  const half = (taps - 1) / 2;
  const weights = Array.from({ length: taps }, (_, tap) => Math.exp(-0.5 * ((tap - half) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let place = 0; place < places; place++)
    for (const [tap, weight] of weights.entries()) out[place * places + mirrored(place + tap - half, places)]! += weight / total;
  return out;
}

/** A place beyond the ends, mirrored at the last one within. */
function mirrored(place: number, places: number): number {
  const inside = Math.abs(place);
  return inside < places ? inside : 2 * (places - 1) - inside;
}
