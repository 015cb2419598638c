import type { Frame, Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { EditedWindow } from './editingMethod.js';
import { steadied } from './steadied.js';
import { placeOfNew } from './subjectMap.js';

/** What {@link steadyEdit} needs of a plan, as it is recorded. */
export interface SteadySettings {
  /** As `DiffeditSettings.steady`. */
  readonly steady?: unknown;
  /** As `DiffeditSettings.maskBy`. */
  readonly maskBy?: unknown;
  /** As `DiffeditSettings.invertMask`. */
  readonly invertMask?: unknown;
  /** As `DiffeditSettings.isolatedPrompt`. */
  readonly isolatedPrompt?: unknown;
  /** The caller's mask, where one was given. */
  readonly mask?: unknown;
}

/** What a window was made from. */
export interface SteadySource {
  /** Its latents. */
  readonly clean: Tensor;
  /** The latent places that were edited, `[frames, 1, height, width]`. */
  readonly mask: Tensor;
  /** The pixels that may change. */
  readonly area: Tensor;
  /** Its pictures, only looked at where another subject was edited. */
  pictures(): Promise<readonly Frame[]> | readonly Frame[];
}

/**
 * What DiffEdit does with the latents that it has made, where what stands still in the source is to stand still: they become one over time ({@link steadied}), and another
 * subject is found in them, so that around it the source stays. A run that goes on from a captured step ends the same way.
 */
export async function steadyEdit(
  run: PreparedRun,
  { steady, maskBy, invertMask, isolatedPrompt, mask: given }: SteadySettings,
  latents: Tensor,
  { clean, mask, area, pictures }: SteadySource,
): Promise<EditedWindow> {
  if (steady !== true) return { latents, area };
  const still = steadied(latents, clean, mask);
  if (given !== undefined || invertMask === true || isolatedPrompt) return { latents: still, area };
  const interrogator = maskBy === 'subject' ? run.model.interrogator : undefined;
  return { latents: still, area, ...(interrogator && (await placeOfNew(run, interrogator, still, await pictures(), area))) };
}
