import path from 'node:path';
import type { MadeVideo } from '../../capture/index.js';
import { type AmbientFiles, checkOptions, linkBelow, type OptionChecks, requirePlainFile } from '../../core/index.js';
import { diffusionChecks, notice } from '../../diffusion/index.js';
import { historyErrors } from '../../history/index.js';
import { installedModels } from '../../networks/index.js';
import { checkSettings, LatentDiffusionModel, openRecordedSource, rerun } from '../../pipelines/index.js';
import { clipDigest, Video } from '../../video/index.js';
import type { HistoryRerunOptions, HistoryRun } from './historyRun.js';
import { digestOfFolder, modelDigest } from './modelDigest.js';
import { makersOf } from './recordRun.js';

const { signal, onProgress, onNotice, capture, mask, controlClip, referenceImages, conditions } = diffusionChecks;

const checks: OptionChecks<HistoryRerunOptions> = {
  signal,
  onProgress,
  onNotice,
  capture,
  mask,
  controlClip,
  referenceImages,
  conditions,
  model: (value) => (value instanceof LatentDiffusionModel ? undefined : 'a model: await LatentDiffusionModel.fromPretrained(…)'),
  clip: (value) => (value instanceof Video ? undefined : 'a Video: await Video.open(…)'),
};

/** Makes a run again; {@link RunHistory.rerun} is its face. */
export async function remakeRun(run: HistoryRun, files: AmbientFiles, options: HistoryRerunOptions): Promise<MadeVideo> {
  checkOptions('rerun', options, checks);
  const { model: givenModel, clip: givenClip, ...own } = options;
  const { provenance, unrecorded } = run;
  if (unrecorded.length > 0) throw historyErrors.unrecorded(run.id, unrecorded);
  checkSettings(provenance);
  const clip = provenance.kind === 'edited' ? (givenClip ?? (await sourceOf(run, files, options))) : undefined;
  const model = givenModel ?? (await modelOf(run));
  if ((await modelDigest(model)) !== run.modelMark)
    notice(
      own,
      `${model.name} is not just the model that made ${run.id} (its files or what lies over it differ); the clip may differ, too.`,
    );
  const made = await rerun(model, provenance, clip, own);
  if ((await clipDigest(made)) !== run.clip.digest)
    notice(
      own,
      `The clip differs from the one that ${run.id} made. Its model, its source, another version or another processor may be the reason.`,
    );
  return made;
}

/** The model of this session, or an installed one of the same name and with the same files; a record's word is not enough. */
async function modelOf({ id, provenance: { model: name }, modelMark }: HistoryRun): Promise<LatentDiffusionModel> {
  const known = makersOf(id).model;
  if (known) return known;
  const installed = (await installedModels()).find((model) => model.name === name && model.problem === undefined);
  if (!installed) throw historyErrors.model(name, 'which is not installed under that name');
  if ((await digestOfFolder(installed.directory)) === modelMark) return LatentDiffusionModel.fromPretrained(installed.directory);
  throw historyErrors.model(name, 'and the one that is installed under that name has other files, or other LoRAs or ControlNets over it');
}

/** The source of this session, or the file below the notebook's folder, if it is still the same. */
async function sourceOf(
  { id, provenance: { source }, input }: HistoryRun,
  { base }: AmbientFiles,
  options: HistoryRerunOptions,
): Promise<Video> {
  const known = makersOf(id).clip;
  if (known) return known;
  const name = source?.name ?? 'a clip that was no file';
  if (input === undefined) throw historyErrors.input(name, source ? 'which did not lie below the folder of the notebook' : 'which is gone');
  const file = path.join(base, input);
  if (await linkBelow(base, file)) throw historyErrors.input(name, `but ${input} leads through a link`);
  await requirePlainFile(file).catch(() => {
    throw historyErrors.input(name, `but ${input} is not there any more`);
  });
  const clip = await openRecordedSource(source, file, options);
  if ((await clip.describeSource(options.signal))?.sha256 === source?.sha256) return clip;
  await clip.close();
  throw historyErrors.input(name, `but ${input} is not the same file any more`);
}
