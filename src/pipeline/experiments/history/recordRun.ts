import path from 'node:path';
import { type AmbientFiles, type AmbientRun, type Frame, linkBelow } from '../../core/index.js';
import { type HistoryEntry, HistoryStore, MOST_THUMBNAIL } from '../../history/index.js';
import { type ClipMetrics, framesOf, measureClip } from '../../metrics/index.js';
import { LatentDiffusionModel } from '../../pipelines/index.js';
import { clipDigest, drawPicture, encodeJpeg, PictureScaler, plainFrame, placePicture, Video } from '../../video/index.js';
import { modelDigest } from './modelDigest.js';

/** Pixels of a clip up to which it is measured: more would make every run wait. */
const MOST_MEASURED = 1 << 20;
/** The frames of a thumbnail, and their height in pixels. */
const THUMBNAIL = { frames: 3, height: 84 } as const;

/** What made the runs of this session, so that they can be made again without being asked for it; nothing is kept alive for that. */
const makers = new Map<string, { readonly model: WeakRef<LatentDiffusionModel>; readonly clip: WeakRef<Video> | undefined }>();

/** Model and source of a run that this process made, where they are still there. */
export function makersOf(id: string): { readonly model: LatentDiffusionModel | undefined; readonly clip: Video | undefined } {
  const known = makers.get(id);
  return { model: known?.model.deref(), clip: known?.clip?.deref() };
}

/**
 * Notes a run that came to its end: its record, what is cheap to measure of its clip, a thumbnail, and what tells model and source.
 *
 * @param files where its notebook keeps files.
 * @throws {FrameloomError} `FL_HISTORY_LINK`, `FL_HISTORY_OUTPUT`; what reading the clip throws.
 */
export async function recordRun(
  { model, source, video, options, seconds }: AmbientRun,
  files: AmbientFiles,
): Promise<HistoryEntry | undefined> {
  if (!(model instanceof LatentDiffusionModel) || !(video instanceof Video) || !video.provenance) return undefined;
  const clip = source instanceof Video ? source : undefined;
  const { width, height, fps, provenance } = video;
  const entry = await new HistoryStore(files).add({
    provenance,
    modelMark: await modelDigest(model),
    input: clip && (await placeBelow(files.base, clip)),
    inputPixels: clip && !provenance.source ? await clipDigest(clip) : undefined,
    unrecorded: unrecorded(options),
    seconds,
    metrics: { ...(await measured(model, clip, video)) },
    clip: { width, height, frames: video.frameCount ?? 1, fps, digest: await clipDigest(video) },
    thumbnail: await thumbnailOf(video),
  });
  makers.set(entry.id, { model: new WeakRef(model), clip: clip && new WeakRef(clip) });
  return entry;
}

/** Where a clip's file lies below a folder, with `/`; undefined where elsewhere, behind a link, or where there is none. */
async function placeBelow(base: string, { info }: Video): Promise<string | undefined> {
  if (!info) return undefined;
  const relative = path.relative(base, path.resolve(info.path));
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) return undefined;
  return (await linkBelow(base, path.resolve(info.path))) ? undefined : relative.split(path.sep).join('/');
}

/** Options that decide what comes out and that no record holds. */
function unrecorded(options: object): string[] {
  const { callbackOnStepEnd, method, latents } = options as Record<string, unknown>;
  return [
    ...(callbackOnStepEnd === undefined ? [] : ['callbackOnStepEnd']),
    ...(typeof method === 'object' ? ['a method of its own'] : []),
    ...(latents === undefined ? [] : ['latents']),
  ];
}

async function measured(model: LatentDiffusionModel, source: Video | undefined, video: Video): Promise<ClipMetrics> {
  const { width, height, frameCount = Infinity, provenance } = video;
  if (width * height * frameCount > MOST_MEASURED) return {};
  const fit = provenance!.settings.fit as 'cover' | undefined;
  const before = source && source.frameCount === frameCount ? await framesOf(await source.resize({ width, height, fit })) : undefined;
  return measureClip(video, {
    source: before,
    prompt: provenance!.prompt,
    by: model.interrogator ? model : undefined,
  });
}

/** A few frames of a clip side by side; undefined where they would take too much room. @throws what reading the clip throws. */
async function thumbnailOf(video: Video): Promise<string | undefined> {
  const { frames: most, height } = THUMBNAIL;
  const count = Math.min(most, video.frameCount ?? 1);
  const width = Math.min(3 * height, Math.max(8, Math.round((video.width * height) / video.height)));
  const scaler = new PictureScaler(video, placePicture(video, { width, height, fit: 'cover' }));
  const sheet: Frame = plainFrame(count * width, height, [0, 0, 0]);
  for (let i = 0; i < count; i++) {
    const index = count === 1 ? 0 : Math.round((i * ((video.frameCount ?? 1) - 1)) / (count - 1));
    drawPicture(sheet, scaler.scale(await video.frame(index)), i * width, 0);
  }
  const uri = `data:image/jpeg;base64,${(await encodeJpeg(sheet)).toString('base64')}`;
  return uri.length <= MOST_THUMBNAIL ? uri : undefined;
}
