import { type ContextPlan, rewritesOf, type SteeringOptions, windowsInside } from '../diffusion/index.js';
import type { LatentDiffusionNetworks, NetworkWork } from '../networks/index.js';

/**
 * What goes through a run's UNet at once, and how it is changed for every prediction, as its options say: its memory and time depend on it.
 *
 * @throws what {@link rewritesOf} and {@link windowsInside} throw.
 */
export function workOf(model: LatentDiffusionNetworks, options: SteeringOptions, context: ContextPlan | undefined): NetworkWork {
  return { together: options.crossFrame !== undefined, rewrites: [...rewritesOf(model, options), ...windowsInside(model, context)] };
}
