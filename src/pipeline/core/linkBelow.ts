import { lstat, readdir } from 'node:fs/promises';
import * as path from 'node:path';

/**
 * The first symbolic link (or junction) on the way from a folder down to a file. Whoever made the folder made the link
 * too, so what stands behind it may be anything of ours: nothing is moved, copied, deleted or written through one.
 *
 * @param folder where the way begins; whether it is itself reached through a link does not count.
 * @param file at or below it; what is not there yet is no link.
 * @returns the link, absolute; undefined where there is none.
 */
export async function linkBelow(folder: string, file: string): Promise<string | undefined> {
  let place = folder;
  for (const part of path.relative(folder, file).split(path.sep).filter(Boolean)) {
    place = path.join(place, part);
    const entry = await lstat(place).catch(() => undefined);
    if (!entry) return undefined;
    if (entry.isSymbolicLink()) return place;
  }
  return undefined;
}

/** The plain files at any depth below a folder, absolute; links are neither listed nor followed. None where there is no such folder. */
export async function plainFilesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries.map(async (entry) => {
    const place = path.join(folder, entry.name);
    return entry.isDirectory() ? plainFilesBelow(place) : entry.isFile() ? [place] : [];
  });
  return (await Promise.all(below)).flat();
}
