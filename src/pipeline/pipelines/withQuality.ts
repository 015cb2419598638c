import type { DiffusionOptions } from '../diffusion/index.js';
import type { LatentDiffusionNetworks, QualityPurpose } from '../networks/index.js';

/**
 * The options with sampler and steps in the place of a word of quality. What the caller spelt out stays; a sampler of the caller's own
 * takes only the steps from the word.
 */
export function withQuality<O extends DiffusionOptions>(model: LatentDiffusionNetworks, purpose: QualityPurpose, options: O): O {
  const { quality, ...others } = options;
  if (quality === undefined) return options;
  const { scheduler, numInferenceSteps } = model.presets[purpose][quality];
  return {
    ...(others as O),
    numInferenceSteps: options.numInferenceSteps ?? numInferenceSteps,
    ...(options.scheduler === undefined && scheduler !== undefined ? { scheduler } : {}),
  };
}
