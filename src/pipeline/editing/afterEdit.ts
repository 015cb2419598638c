import type { AfterEdit } from './heldFrames.js';
import { KeptPixels } from './keptPixels.js';
import { KeptShapes } from './keptShapes.js';
import { MaskedPixels } from './maskedPixels.js';

/**
 * What a plan's settings ask for after the edit; undefined when the decoded frames are the result.
 *
 * @param settings with `mask` where one was given: it says itself which pixels stay.
 */
export function afterEdit(settings: { keepShapes?: unknown; keepPixels?: unknown; mask?: unknown }): AfterEdit | undefined {
  const { keepShapes, keepPixels, mask } = settings;
  const shapes = keepShapes === true ? new KeptShapes() : undefined;
  if (mask !== undefined) return keepPixels === true ? new MaskedPixels(shapes) : shapes;
  return shapes ?? (keepPixels === true ? new KeptPixels() : undefined);
}
