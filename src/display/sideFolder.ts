import { createHash } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FrameloomError, sweepDrafts, linkBelow, sweepPrivateFolders, writeWhole } from '../pipeline/core/index.js';
import { clipFileName } from '../pipeline/history/index.js';
import { clipDigest, type Video } from '../pipeline/video/index.js';

/** Files up to this size are copied beside the notebook so that its outputs can play them. */
const LARGEST_COPY = 64 * 2 ** 20;

/** The folder where the heavy part of a notebook's outputs lies. */
export interface SideFolder {
  /** The notebook's folder, absolute: what paths in outputs are relative to. */
  readonly base: string;
  /** Where files go, absolute and inside `base`; made when the first file comes. */
  readonly folder: string;
}

/** `story.frameloom/` beside `story.ipynb`. @param notebook the notebook's absolute path. */
export function folderBesideNotebook(notebook: string): SideFolder {
  const base = path.dirname(notebook);
  return { base, folder: path.join(base, `${path.basename(notebook).replace(/\.ipynb$/i, '')}.frameloom`) };
}

/** For a notebook that has no file yet: a folder that stays right when the notebook is then saved in `base`. */
export function folderOfUntitled(base: string): SideFolder {
  return { base, folder: path.join(base, '.frameloom', 'untitled') };
}

/** Removes what processes that were killed left: unfinished files of outputs, and temporary folders. Never rejects. */
export async function sweepLeftovers({ base, folder }: SideFolder): Promise<void> {
  await sweepPrivateFolders();
  if (!(await linkBelow(base, folder))) await sweepDrafts(folder);
}

/**
 * Makes a clip playable from the notebook's folder.
 *
 * A file in that folder is used where it is; another file is copied, unless it is large; made frames are written as
 * MP4. A written file is named after its contents: running a cell again with the same seed adds nothing.
 *
 * @returns the path relative to `base` with `/` between the parts; undefined when there is no such file.
 * @throws {FrameloomError} `FL_DISPLAY_LINK` when the side folder, or the file's place in it, is a link.
 */
export async function fileFor(video: Video, side: SideFolder, signal?: AbortSignal): Promise<string | undefined> {
  const file = wholeFileOf(video);
  if (file && isInside(side.base, file)) return relativeTo(side.base, file);
  if (file && (await stat(file)).size > LARGEST_COPY) return undefined;
  const extension = file ? path.extname(file) : '.mp4';
  const name = file
    ? `${path.basename(file, extension)}-${await digest(createReadStream(file))}${extension}`
    : clipFileName(await clipDigest(video, signal));
  const target = path.join(side.folder, name);
  if (await isThere(side, target)) return relativeTo(side.base, target);
  await mkdir(side.folder, { recursive: true });
  if (!file) {
    await video.save(target, { signal });
    return relativeTo(side.base, target);
  }
  await writeWhole(target, (draft) => copyFile(file, draft, constants.COPYFILE_EXCL));
  return relativeTo(side.base, target);
}

/**
 * Writes a file of an output beside the notebook, named after its contents; it appears complete or not at all.
 *
 * @param name what it is, and its extension: `['latents', '.png']`.
 * @returns the path relative to `base` with `/` between the parts.
 * @throws {FrameloomError} `FL_DISPLAY_LINK` as {@link fileFor}.
 */
export async function writeBeside(side: SideFolder, bytes: Uint8Array, [stem, extension]: readonly [string, string]): Promise<string> {
  const target = path.join(side.folder, `${stem}-${createHash('sha256').update(bytes).digest('hex').slice(0, 10)}${extension}`);
  if (!(await isThere(side, target))) {
    await mkdir(side.folder, { recursive: true });
    await writeWhole(target, (draft) => writeFile(draft, bytes, { flag: 'wx' }));
  }
  return relativeTo(side.base, target);
}

/** The file that shows just what the clip shows: the clip was opened and not cut, scaled or resampled since. */
function wholeFileOf(video: Video): string | undefined {
  const { info } = video;
  if (!info || video.startTime > 0) return undefined;
  const same =
    info.width === video.width &&
    info.height === video.height &&
    Math.abs(info.duration - video.duration) < 1.5 / video.fps &&
    Math.abs(info.fps - video.fps) < 0.01;
  return same && /\.(mp4|m4v|mov|webm|mkv|gif)$/i.test(info.path) ? path.resolve(info.path) : undefined;
}

/** Whether a file stands at its place already. A folder from a stranger may have made a link of it, to any file of ours. */
async function isThere(side: SideFolder, target: string): Promise<boolean> {
  const link = await linkBelow(side.base, target);
  if (link !== undefined) {
    throw new FrameloomError(
      'FL_DISPLAY_LINK',
      `${JSON.stringify(link)} is a link to another place, and files of outputs are not written through links. Remove the link (what it points to stays), and run the cell again.`,
    );
  }
  return existsSync(target);
}

async function digest(parts: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(part as Uint8Array);
  return hash.digest('hex').slice(0, 10);
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function relativeTo(base: string, file: string): string {
  return path.relative(base, file).split(path.sep).join('/');
}
