import { payloadShapes } from '../../shared/outputs/index.js';
import type { PayloadByMime } from '../../shared/outputs/index.js';
import { excessOf } from './payloadSize.js';

/** Whether a MIME type is one of ours. */
export function isOurMime(mime: string): mime is keyof PayloadByMime {
  return Object.hasOwn(payloadShapes, mime);
}

/**
 * Checks what stands under one of our MIME types. The notebook may have come from anyone.
 *
 * @throws Error that says what is wrong with it.
 */
export function checkPayload<M extends keyof PayloadByMime>(mime: M, value: unknown): PayloadByMime[M] {
  const problem = excessOf(value) ?? payloadShapes[mime](value, 'output');
  if (problem) throw new Error(`This output cannot be shown: ${problem}. Run the cell again to make it anew.`);
  return value as PayloadByMime[M];
}
