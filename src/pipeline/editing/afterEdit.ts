import type { AfterEdit } from './heldFrames.js';
import { KeptPixels } from './keptPixels.js';
import { KeptShapes } from './keptShapes.js';

/** What a plan's settings ask for after the edit; undefined when the decoded frames are the result. */
export function afterEdit({ keepShapes, keepPixels }: { keepShapes?: unknown; keepPixels?: unknown }): AfterEdit | undefined {
  if (keepShapes === true) return new KeptShapes();
  return keepPixels === true ? new KeptPixels() : undefined;
}
