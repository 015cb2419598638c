import type { MadeVideo } from '../capture/index.js';
import { type AmbientRun, ambientRunObserver } from '../core/index.js';
import { type DiffusionOptions, notice } from '../diffusion/index.js';

/** Makes a clip and tells whoever keeps a history of it. A run of a comparison belongs to that, which keeps its clips itself. */
export async function observed(
  call: Pick<AmbientRun, 'model' | 'source'> & { readonly options: DiffusionOptions },
  make: () => Promise<MadeVideo>,
): Promise<MadeVideo> {
  const observe = ambientRunObserver();
  if (!observe || call.options.shared) return make();
  const began = performance.now();
  const video = await make();
  try {
    await observe({ ...call, video, seconds: (performance.now() - began) / 1000 });
  } catch (error) {
    // The clip is there, whatever became of its note.
    notice(call.options, error instanceof Error ? error.message : String(error));
  }
  return video;
}
