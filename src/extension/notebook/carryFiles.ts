import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import * as path from 'node:path';
import { historyFolder } from '../../pipeline/history/index.js';
import { isDraftName, linkBelow, writeWhole } from '../../pipeline/core/index.js';
import { videoExtensions } from '../videoPreview/videoFiles.js';
import type { NotebookPlace } from './sideFiles.js';

/** Larger files are not copied when a notebook moves away from them; as the kernel does it with clips that are shown. */
const largestCopy = 64 * 2 ** 20;

/**
 * Brings files along when a notebook goes from one place to another, into its side folder there. What lies below the
 * new folder anyway stays where it is.
 *
 * A stranger's notebook names whatever it likes, and its folders may be links to anywhere: what lies elsewhere, behind a
 * link, or outside the side folder without being a video stays where it is, and nothing is put behind a link.
 *
 * @param named files as the outputs name them.
 * @param how `copy`: the old notebook still needs them; `move all`: also files of the side folder that no output names.
 * @returns the new name of each file whose name changes.
 */
export async function carryFiles(
  from: NotebookPlace,
  to: NotebookPlace,
  named: Iterable<string>,
  how: 'copy' | 'move' | 'move all',
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const name of named) {
    const file = path.resolve(from.folder, name);
    const inside = below(path.join(from.folder, from.sideFolder), file);
    if (below(from.folder, file) === undefined || (inside === undefined && !isVideoName(file))) continue;
    const target =
      inside === undefined ? (below(to.folder, file) ?? `${to.sideFolder}/${path.basename(file)}`) : `${to.sideFolder}/${inside}`;
    const there = path.join(to.folder, target);
    if (await linkBelow(to.folder, there)) continue;
    const arrived =
      (await isFile(there)) ||
      ((await isFile(file)) && !(await linkBelow(from.folder, file)) && (await carry(file, there, inside !== undefined && how !== 'copy')));
    if (arrived && target !== name) names.set(name, target);
  }
  const [folder, target] = [path.join(from.folder, from.sideFolder), path.join(to.folder, to.sideFolder)];
  // A notebook's history goes where the notebook goes.
  const [left, there] = how === 'move' ? [historyFolder({ folder }), historyFolder({ folder: target })] : [folder, target];
  if (how !== 'copy' && !(await linkBelow(from.folder, left)) && !(await linkBelow(to.folder, there))) await emptyInto(left, there);
  return names;
}

/** Moves or copies one file; false when it is too large to be copied. */
async function carry(file: string, target: string, moves: boolean): Promise<boolean> {
  if (!moves && (await lstat(file)).size > largestCopy) return false;
  await mkdir(path.dirname(target), { recursive: true });
  if (
    moves &&
    (await rename(file, target).then(
      () => true,
      () => false,
    ))
  )
    return true;
  // To another drive, or a copy: complete or not at all.
  await writeWhole(target, (draft) => copyFile(file, draft, constants.COPYFILE_EXCL));
  if (moves) await rm(file, { force: true });
  return true;
}

/**
 * Moves the plain files that are left in a side folder, but for what is being written just now, and removes the folder
 * when it is empty. Links in it stay, and so does what would go behind one.
 */
async function emptyInto(folder: string, target: string): Promise<void> {
  if (folder === target) return;
  const left = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of left) {
    const [place, there] = [path.join(folder, entry.name), path.join(target, entry.name)];
    const occupied = await lstat(there).catch(() => undefined);
    if (entry.isDirectory() && (!occupied || occupied.isDirectory())) await emptyInto(place, there);
    else if (entry.isFile() && !occupied && !isDraftName(entry.name)) await carry(place, there, true);
  }
  await rmdir(folder).catch(() => undefined);
}

/** A file's path below a folder, with `/`; undefined when it is elsewhere. */
function below(folder: string, file: string): string | undefined {
  const relative = path.relative(folder, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? undefined : relative.split(path.sep).join('/');
}

/** A plain file; a link to one is none. */
function isFile(file: string): Promise<boolean> {
  return lstat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isVideoName(file: string): boolean {
  return videoExtensions.includes(path.extname(file).slice(1).toLowerCase());
}
