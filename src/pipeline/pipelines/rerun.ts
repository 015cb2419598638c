import type { MadeVideo } from '../capture/index.js';
import { type DiffusionOptions, requireShownClips, steeringOf } from '../diffusion/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import { FrameloomError } from '../core/index.js';
import type { Provenance, Video } from '../video/index.js';
import type { LatentDiffusionModel } from './latentDiffusionModel.js';
import { checkRerunOptions } from './optionChecks.js';
import type { GenerateVideoOptions } from './options.js';
import { readSettings, type RecordedRun } from './recordedRun.js';

/**
 * Makes a video again from its record.
 *
 * @param clip the source, opened over the recorded range, for an edited video; undefined for a generated one.
 * @param options signal, progress and callbacks; settings come from the record.
 * @throws {FrameloomError} `FL_RERUN_SOURCE` when an edit is to be made again without its source; `FL_RERUN_LATENTS` for a
 * branch that went on with latents of its own; `FL_RERUN_RECORD` for a record whose settings no run could have had.
 */
export async function rerun(
  model: LatentDiffusionModel,
  record: Provenance,
  clip: Video | undefined,
  options: DiffusionOptions = {},
): Promise<MadeVideo> {
  checkRerunOptions(options);
  const recorded = readSettings(record);
  requireShownClips(record.settings.shownClips, options);
  if (recorded.branchedFrom) return rerunBranch(model, record, recorded, clip, options);
  if (record.kind === 'generated') return model.generateVideo(record.prompt, { ...(recorded.options as GenerateVideoOptions), ...options });
  if (!clip)
    throw new FrameloomError('FL_RERUN_SOURCE', 'An edited video can be made again only from its source: open that clip and pass it.');
  return model.editVideo(clip, record.prompt, {
    ...(recorded.options as EditVideoOptions),
    ...options,
    mask: options.mask ?? recorded.mask,
  });
}

/** Makes the run again that the branch came from, up to its end, and branches it at the same step. */
async function rerunBranch(
  model: LatentDiffusionModel,
  record: Provenance,
  recorded: RecordedRun,
  clip: Video | undefined,
  options: DiffusionOptions,
): Promise<MadeVideo> {
  const { step, ownLatents, provenance } = recorded.branchedFrom!;
  if (ownLatents)
    throw new FrameloomError(
      'FL_RERUN_LATENTS',
      'This video went on from latents that a program gave, which its record does not hold, so it cannot be made again.',
    );
  const { signal, onProgress, onNotice, mask, controlClip, referenceImages, conditions } = options;
  const parent = await rerun(model, provenance, clip, {
    signal,
    onProgress,
    onNotice,
    mask,
    controlClip,
    referenceImages,
    conditions,
    capture: { steps: [Math.max(1, step)] },
  });
  const { negativePrompt, numInferenceSteps, guidanceScale, guidanceRescale, eta, scheduler, loraWeights, promptTravel } = recorded.options;
  const steering = steeringOf(recorded.options);
  const changes = {
    prompt: record.prompt,
    negativePrompt,
    numInferenceSteps,
    guidanceScale,
    guidanceRescale,
    eta,
    scheduler,
    loraWeights,
    promptTravel,
  };
  try {
    return await parent.run!.at(step).resume({ capture: false, ...changes, ...steering, ...options });
  } finally {
    await parent.run!.close();
  }
}
