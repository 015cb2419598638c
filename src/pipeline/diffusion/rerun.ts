import { FrameloomError } from '../errors.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import { schedulerByName } from '../schedulers/index.js';
import type { Provenance, Video } from '../video/index.js';
import { checkRerunOptions, recordedOptions } from './optionChecks.js';
import type { DiffusionOptions, EditVideoOptions, GenerateVideoOptions } from './options.js';

/** What the record of a branch tells of where it came from. */
interface BranchRecord {
  step: number;
  ownLatents?: boolean;
  provenance: Provenance;
}

/**
 * Makes a video again from its record.
 *
 * @param clip the source, opened over the recorded range, for an edited video; undefined for a generated one.
 * @param options signal, progress and callbacks; settings come from the record.
 * @throws {FrameloomError} `FL_RERUN_SOURCE` when an edit is to be made again without its source; `FL_RERUN_LATENTS` for a
 * branch that went on with latents of its own.
 */
export async function rerun(model: LatentDiffusionModel, record: Provenance, clip: Video | undefined, options: DiffusionOptions = {}): Promise<Video> {
  checkRerunOptions(options);
  const { scheduler, branchedFrom } = record.settings as { scheduler: { name: string; config: object }; branchedFrom?: BranchRecord };
  if (branchedFrom) return rerunBranch(model, record, branchedFrom, clip, options);
  const recorded = {
    ...recordedOptions(record.kind, record.settings),
    negativePrompt: record.negativePrompt,
    seed: record.seed,
    // The recorded settings are complete, so nothing of the model's present file shines through.
    scheduler: schedulerByName(scheduler.name, { ...scheduler.config }),
  };
  if (record.kind === 'generated') return model.generateVideo(record.prompt, { ...(recorded as GenerateVideoOptions), ...options });
  if (!clip) throw new FrameloomError('FL_RERUN_SOURCE', 'An edited video can be made again only from its source: open that clip and pass it.');
  return model.editVideo(clip, record.prompt, { ...(recorded as EditVideoOptions), ...options });
}

/** Makes the run again that the branch came from, up to its end, and branches it at the same step. */
async function rerunBranch(model: LatentDiffusionModel, record: Provenance, { step, ownLatents, provenance }: BranchRecord, clip: Video | undefined, options: DiffusionOptions): Promise<Video> {
  if (ownLatents) throw new FrameloomError('FL_RERUN_LATENTS', 'This video went on from latents that a program gave, which its record does not hold, so it cannot be made again.');
  const { signal, onProgress, onNotice } = options;
  const parent = await rerun(model, provenance, clip, { signal, onProgress, onNotice, capture: { steps: [Math.max(1, step)] } });
  const { numInferenceSteps, guidanceScale, guidanceRescale, eta, scheduler } = record.settings as Required<DiffusionOptions> & { scheduler: { name: string; config: object } };
  const changes = { prompt: record.prompt, negativePrompt: record.negativePrompt, numInferenceSteps, guidanceScale, guidanceRescale, eta, scheduler: schedulerByName(scheduler.name, { ...scheduler.config }) };
  const branch = await parent.run!.at(step).resume({ capture: false, ...changes, ...options });
  await parent.run!.close();
  return branch;
}
