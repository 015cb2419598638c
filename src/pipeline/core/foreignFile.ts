import { statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

/*
 * Files that anyone may have made: model folders, captured runs. What has a file's name may be a pipe, which would be waited
 * for for ever, a device without an end, or a folder; and a file may be of any size, and JSON in it of any depth.
 */

/** Why a path cannot be read as a file, in a phrase: `is a folder`, `is a pipe, a device or a socket`, `cannot be read (EACCES)`. */
export class ForeignFileProblem extends Error {
  /** @param isMissing whether nothing stands there. */
  constructor(
    readonly phrase: string,
    readonly isMissing = false,
    options?: ErrorOptions,
  ) {
    super(phrase, options);
    this.name = 'ForeignFileProblem';
  }
}

/** Refuses what is no plain file, without opening it. @throws {ForeignFileProblem} */
export async function requirePlainFile(file: string): Promise<Stats> {
  return plain(await stat(file).catch(unreadable));
}

/** As {@link requirePlainFile}, at once. */
export function requirePlainFileSync(file: string): Stats {
  let entry: Stats;
  try {
    entry = statSync(file);
  } catch (cause) {
    return unreadable(cause);
  }
  return plain(entry);
}

/**
 * The text of a plain file, without a byte order mark.
 *
 * @param mostBytes a larger file is refused before it is read.
 * @throws {ForeignFileProblem}
 */
export async function readForeignText(file: string, mostBytes: number): Promise<string> {
  const { size } = await requirePlainFile(file);
  if (size > mostBytes) throw new ForeignFileProblem(`has ${size} bytes, and such a file has at most ${mostBytes}`);
  const handle = await open(file, 'r').catch(unreadable);
  try {
    // Files of /proc say that they have no bytes, and a file may grow: no more is taken than it said, and one buffer.
    const bytes = Buffer.alloc(size);
    let length = 0;
    for (let taken = 1; taken > 0 && length < size; length += taken)
      taken = (await handle.read(bytes, length, size - length, length).catch(unreadable)).bytesRead;
    return bytes.toString('utf8', 0, length).replace(/^\uFEFF/, '');
  } finally {
    await handle.close();
  }
}

/** Whether lists and objects are nested in each other more than so many levels deep; looks no deeper than that. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => nestsDeeper(part, levels - 1));
}

function plain(entry: Stats): Stats {
  if (entry.isFile()) return entry;
  throw new ForeignFileProblem(entry.isDirectory() ? 'is a folder, not a file' : 'is a pipe, a device or a socket, not a file');
}

function unreadable(cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException;
  throw new ForeignFileProblem(`cannot be read (${code ?? 'unknown reason'})`, code === 'ENOENT' || code === 'ENOTDIR', { cause });
}
