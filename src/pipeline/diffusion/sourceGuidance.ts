import type { Conditioning } from '../networks/index.js';
import { classifierFreeGuidance, type Guidance, type GuidanceTerm } from './guidance.js';

/**
 * A step's guidance with what the source shows in the place of the prompt, and a scale of its own; what it is led away from stays.
 *
 * @param scale 1 or less for no guidance. There is none either where the run itself has none.
 */
export function guidedBySource({ terms, rescale }: Guidance, { embeddings, rewrites }: Conditioning, scale: number): Guidance {
  const [prompt, negative] = terms.filter(({ perturbed }) => !perturbed) as [GuidanceTerm, GuidanceTerm?];
  const told = { ...prompt.conditioning, embeddings, rewrites, guidanceScale: scale };
  return classifierFreeGuidance(told, scale > 1 ? negative?.conditioning : undefined, { scale, rescale });
}

/** A step's network told what the source shows, and nothing to be led away from. */
export function unguidedBy({ terms: [prompt], rescale }: Guidance, { embeddings, rewrites }: Conditioning): Guidance {
  return { terms: [{ conditioning: { ...prompt.conditioning, embeddings, rewrites }, weight: 1 }], rescale };
}
