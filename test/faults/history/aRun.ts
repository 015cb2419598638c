import type { HistoryEntry } from '../../../src/pipeline/history/index.js';
import { describeProvenance } from '../../../src/pipeline/video/index.js';

const hash = 'ab'.repeat(32);

/** A run as one of a model that is not here would be noted. */
export function aRun(): Omit<HistoryEntry, 'id'> {
  return {
    provenance: describeProvenance({
      version: '0.1.0',
      kind: 'generated',
      model: 'elsewhere',
      prompt: 'a cat',
      seed: 1,
      settings: { numInferenceSteps: 2, guidanceScale: 4, scheduler: { name: 'DDIMScheduler', config: {} } },
      created: '2026-01-01T00:00:00.000Z',
    }),
    modelMark: hash,
    input: undefined,
    inputPixels: undefined,
    unrecorded: [],
    seconds: 1.5,
    metrics: { flicker: 0.02 },
    clip: { width: 128, height: 128, frames: 8, fps: 8, digest: hash },
    thumbnail: 'data:image/jpeg;base64,AAAA',
  };
}
