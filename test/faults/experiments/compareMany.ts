import { type Comparison, compareSchedulers, type CompareOptions } from '../../../src/pipeline/experiments/index.js';
import { loadTinyModel } from '../../parity/tinyModels.js';

/** Makes 60 cells of a tiny model, as far as it is let. */
export async function compareMany(options: Pick<CompareOptions, 'folder' | 'signal' | 'onProgress'>): Promise<Comparison> {
  const model = await loadTinyModel('tiny-sd');
  try {
    return await compareSchedulers(model, undefined, 'a cat', {
      schedulers: ['ddim', 'euler', 'euler_a', 'dpmpp_2m', 'unipc'],
      steps: [1, 2, 3],
      seeds: [0, 1],
      vary: { guidanceScale: [1, 2] },
      options: { numFrames: 1 },
      onNotice: () => undefined,
      ...options,
    }).finish();
  } finally {
    await model.release();
  }
}
