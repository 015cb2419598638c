import { FREE_U_INPUT, freeU as rewriteFreeU, tellingSizes } from '../../onnx/index.js';
import { checkOptions, number, type OptionCheck, type OptionChecks } from '../../core/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/** Factors of FreeU. The paper's: b1 1.2 … 1.5, b2 1.4 … 1.6, s1 0.9, s2 0.2 for Stable Diffusion 1; 1 changes nothing. */
export interface FreeUFactors {
  /** What half of the channels coming up is multiplied by at the lowest resolution. */
  b1: number;
  /** The same at the next resolution. */
  b2: number;
  /** What low frequencies of the skip connections are multiplied by at the lowest resolution. */
  s1: number;
  /** The same at the next resolution. */
  s2: number;
}

const factorChecks: OptionChecks<FreeUFactors> = { b1: number(0, 10), b2: number(0, 10), s1: number(0, 10), s2: number(0, 10) };

/** All four factors. */
export const freeUCheck: OptionCheck = (value) => {
  const wanted = 'an object with the four factors b1, b2, s1 and s2: { b1: 1.5, b2: 1.6, s1: 0.9, s2: 0.2 }';
  if (typeof value !== 'object' || value === null) return wanted;
  const factors = value as FreeUFactors;
  if (Object.keys(factorChecks).some((name) => factors[name as keyof FreeUFactors] === undefined)) return wanted;
  checkOptions('freeU', factors, factorChecks);
  return undefined;
};

/**
 * The network with what comes up amplified and what skips over freed of low frequencies, which sharpens without training (Si et al. 2024, "FreeU: Free Lunch
 * in Diffusion U-Net").
 *
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for a network without skip connections, such as a transformer.
 */
export function freeU({ attentions }: UNet, { b1, b2, s1, s2 }: FreeUFactors): GraphRewrite {
  return attentions.attempted({
    key: 'free-u',
    apply: (rewriter) => {
      rewriteFreeU(rewriter, attentions.inputs, attentions.shapesFor(tellingSizes));
      return undefined;
    },
    feeds: () => ({ [FREE_U_INPUT]: { data: [b1, b2, s1, s2], dims: [4] } }),
  });
}
