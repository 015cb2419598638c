import * as path from 'node:path';
import { type Comparison, compareSchedulers, LatentDiffusionModel, Video } from '../../../../src/index.js';
import { bundleOfComparison } from '../../../../src/display/experiments/showComparison.js';
import { COMPARISON_MIME, type ComparisonPayload } from '../../../../src/shared/outputs/index.js';

const sample = path.join(__dirname, '..', '..', '..', '..', 'media', 'samples', 'red-car.mp4');

/**
 * Compares settings of an edit of the sample of the red car by the model that comes with Frameloom, and stores what the notebook
 * shows of it in `story.frameloom/` below a folder, as a cell does.
 */
export async function realComparison(folder: string): Promise<{ payload: ComparisonPayload; comparison: Comparison }> {
  const model = await LatentDiffusionModel.fromPretrained();
  const clip = await Video.open(sample, { maxFrames: 4 });
  const comparison = compareSchedulers(model, clip, 'a big green car moving right on a blue background', {
    schedulers: ['ddim', 'DPM++ 2M Karras'],
    steps: [2, 4],
    vary: { guidanceScale: [2, 6] },
    options: { method: 'sdedit', strength: 0.5, sourcePrompt: 'a big red car moving right on a blue background' },
    onNotice: () => undefined,
  });
  await comparison.finish();
  await model.release();
  const sideFolder = { base: folder, folder: path.join(folder, 'story.frameloom') };
  const bundle = await bundleOfComparison(comparison, {}, { sideFolder, display: () => undefined, update: () => undefined });
  // Through JSON, as the notebook does.
  return { payload: JSON.parse(JSON.stringify(bundle[COMPARISON_MIME])) as ComparisonPayload, comparison };
}
