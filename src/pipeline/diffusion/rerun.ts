import { FrameloomError } from '../errors.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import { schedulerByName } from '../schedulers/index.js';
import type { Provenance, Video } from '../video/index.js';
import type { DiffusionOptions, EditVideoOptions, GenerateVideoOptions } from './options.js';

/**
 * Makes a video again from its record.
 *
 * @param clip the source, opened over the recorded range, for an edited video; undefined for a generated one.
 * @param options signal, progress and callbacks; settings come from the record.
 * @throws {FrameloomError} `FL_RERUN_SOURCE` when an edit is to be made again without its source.
 */
export function rerun(model: LatentDiffusionModel, record: Provenance, clip: Video | undefined, options: DiffusionOptions = {}): Promise<Video> {
  const { scheduler } = record.settings as { scheduler: { name: string; config: object } };
  const recorded = {
    ...record.settings,
    negativePrompt: record.negativePrompt,
    seed: record.seed,
    // The recorded settings are complete, so nothing of the model's present file shines through.
    scheduler: schedulerByName(scheduler.name, { ...scheduler.config }),
  };
  if (record.kind === 'generated') return model.generateVideo(record.prompt, { ...(recorded as GenerateVideoOptions), ...options });
  if (!clip) throw new FrameloomError('FL_RERUN_SOURCE', 'An edited video can be made again only from its source: open that clip and pass it.');
  return model.editVideo(clip, record.prompt, { ...(recorded as EditVideoOptions), ...options });
}
