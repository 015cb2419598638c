import { readFile, readdir, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { linkBelow, plainFilesBelow } from '../../pipeline/core/index.js';

/** A file that no notebook names. */
export interface UnusedFile {
  /** Absolute. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The plain files of side folders that nothing needs: no notebook in the folder names them, as it is saved or as it is open.
 * A side folder that is a link has none: what lies behind it is somebody else's.
 *
 * @param folder the notebook's folder, absolute.
 * @param sideFolders below it.
 * @param openTexts texts and outputs of open notebooks, which may not be saved yet.
 * @throws {Error} with a sentence for the reader when a notebook of the folder cannot be read.
 */
export async function unusedFiles(folder: string, sideFolders: readonly string[], openTexts: readonly string[]): Promise<UnusedFile[]> {
  const files = (
    await Promise.all(
      sideFolders.map(async (side) => ((await linkBelow(folder, path.join(folder, side))) ? [] : plainFilesBelow(path.join(folder, side)))),
    )
  ).flat();
  const notebooks = (await readdir(folder)).filter((name) => /\.ipynb$/i.test(name));
  const texts = [...openTexts, ...(await Promise.all(notebooks.map((name) => textOf(path.join(folder, name)))))];
  const unused = files.filter((file) => !texts.some((text) => names(text, path.basename(file))));
  return Promise.all(unused.map(async (file) => ({ file, size: (await stat(file)).size })));
}

/** A notebook of this size holds no outputs that we wrote; it would fill the memory. */
const largestNotebook = 512 * 2 ** 20;

/** Names of files that we write are made of what they hold, so a name anywhere in a notebook is taken for a reference. */
function names(text: string, name: string): boolean {
  return [name, encodeURI(name), JSON.stringify(name).slice(1, -1)].some((form) => text.includes(form));
}

/** The text of a notebook; none of what only has a notebook's name (a pipe would be read for ever). */
async function textOf(file: string): Promise<string> {
  const entry = await stat(file).catch(() => undefined);
  if (!entry?.isFile()) return '';
  const cannot = (why: string): Error =>
    new Error(
      `${path.basename(file)} ${why}, so nobody knows which files it shows. Nothing was cleaned up; move that notebook elsewhere first.`,
    );
  if (entry.size > largestNotebook) throw cannot(`has ${Math.round(entry.size / 2 ** 20)} MB, which is too much to be read`);
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw cannot(`cannot be read (${error.code ?? 'unknown reason'})`);
  });
}
