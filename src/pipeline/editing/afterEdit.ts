import { allMethods } from './findMethod.js';
import type { AfterEdit } from './heldFrames.js';
import { KeptPixels } from './keptPixels.js';
import { KeptShapes } from './keptShapes.js';
import { LaidOver } from './laidOver.js';
import { MaskedPixels } from './maskedPixels.js';

/**
 * What a plan's settings ask for after the edit; undefined when the decoded frames are the result.
 *
 * @param settings with `mask` where one was given: it says itself which pixels stay; and the method's name.
 */
export function afterEdit(settings: {
  keepShapes?: unknown;
  keepPixels?: unknown;
  mask?: unknown;
  method?: unknown;
}): AfterEdit | undefined {
  const { keepShapes, keepPixels, mask, method } = settings;
  const laysOver = allMethods.find(({ name }) => name === method)?.laysOver === true;
  const shapes = keepShapes === true ? (laysOver ? new LaidOver() : new KeptShapes()) : undefined;
  if (mask !== undefined) return keepPixels === true ? new MaskedPixels(shapes) : shapes;
  return shapes ?? (keepPixels === true ? new KeptPixels() : undefined);
}
