import { allMethods } from './findMethod.js';
import type { AfterEdit } from './heldFrames.js';
import { KeptPixels } from './keptPixels.js';
import { KeptShapes } from './keptShapes.js';
import { LaidOver } from './laidOver.js';
import { MaskedPixels } from './maskedPixels.js';
import { SteadyPixels } from './steadyPixels.js';

/** What a plan's settings say of what comes after the edit, as they are recorded. */
export interface AfterEditSettings {
  /** Name of the method. */
  readonly method?: string | undefined;
  /** As `EditSettings.keepShapes`. */
  readonly keepShapes?: boolean | undefined;
  /** As `EditSettings.keepPixels`. */
  readonly keepPixels?: boolean | undefined;
  /** As `DiffeditSettings.steady`. */
  readonly steady?: boolean | undefined;
  /** As `DiffeditSettings.invertMask`. */
  readonly invertMask?: boolean | undefined;
  /** Where one was given, it says itself which pixels stay. */
  readonly mask?: unknown;
}

/** What a plan's settings ask for after the edit; undefined when the decoded frames are the result. */
export function afterEdit({ method, keepShapes, keepPixels, steady, invertMask, mask }: AfterEditSettings): AfterEdit | undefined {
  const laysOver = allMethods.find(({ name }) => name === method)?.laysOver === true;
  const shapes = keepShapes ? (laysOver ? new LaidOver() : new KeptShapes()) : undefined;
  if (mask !== undefined) return keepPixels ? new MaskedPixels(shapes) : shapes;
  if (shapes || !keepPixels) return shapes;
  return steady ? new SteadyPixels(new KeptPixels(), !invertMask) : new KeptPixels();
}
