import * as path from 'node:path';
import type { Run } from '../../../../src/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { runBundle } from '../../../../src/display/run/runBundle.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { RUN_MIME } from '../../../../src/shared/outputs/index.js';
import type { RunPayload } from '../../../../src/shared/outputs/index.js';

const sample = path.join(__dirname, '..', '..', '..', '..', 'media', 'samples', 'red-car.mp4');

/** What to run with the model that comes with Frameloom. */
export interface RealRun {
  readonly steps: number;
  readonly frames: number;
  /** Edits the sample of the red car rather than making a clip from text. */
  readonly edit?: boolean;
  /** Decodes the pictures of every step with the VAE rather than with the cheap linear guess. */
  readonly vae?: boolean;
}

/**
 * Captures a run of the model that comes with Frameloom and stores its pictures in `story.frameloom/` below a folder, as
 * a cell does. @returns what the notebook would keep, and the run itself.
 */
export async function realRun(
  folder: string,
  { steps, frames, edit = false, vae = false }: RealRun,
): Promise<{ payload: RunPayload; run: Run }> {
  const model = await LatentDiffusionModel.fromPretrained();
  const capture = {
    latents: true,
    x0: true,
    noise: true,
    frames: vae ? ('vae' as const) : ('linear' as const),
    attention: edit ? ['green', 'car', 'blue'] : ['panda', 'yellow'],
    frameAttention: edit,
    heads: 'each' as const,
  };
  const common = { seed: 7, numInferenceSteps: steps, capture };
  const clip = edit
    ? await model.editVideo(await Video.open(sample, { maxFrames: frames }), 'a big green car moving right on a blue background', {
        ...common,
        strength: 0.75,
        isolatedPrompt: '',
      })
    : await model.generateVideo('a big panda standing still on a yellow background', { ...common, numFrames: frames });
  if (!clip.run) throw new Error('The clip has no captured run.');
  const bundle = await runBundle(clip.run, { sideFolder: { base: folder, folder: path.join(folder, 'story.frameloom') } });
  // Through JSON, as the notebook does.
  return { payload: JSON.parse(JSON.stringify(bundle[RUN_MIME])) as RunPayload, run: clip.run };
}
