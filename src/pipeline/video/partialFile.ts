import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Draft, type FrameloomError, isForgotten, isRunning } from '../core/index.js';
import { driveFull, outputExists, outputNotWritable } from './errors.js';

/** A {@link Draft} of a file that a person asked for: what does not work is said in the words of `FL_VIDEO_OUTPUT_…`. */
export class PartialFile {
  private constructor(private readonly draft: Draft) {}

  /** The place where the file will stand. */
  get target(): string {
    return this.draft.target;
  }

  /** Where to write. */
  get path(): string {
    return this.draft.path;
  }

  /**
   * Checks the target and reserves a name beside it, by an empty file: only trying shows what a file system, a quota or
   * the length of a name allow.
   *
   * @throws FrameloomError `FL_VIDEO_OUTPUT_PATH` when the folder is missing or cannot be written to or the target is a folder,
   * `FL_VIDEO_OUTPUT_EXISTS` when it exists and may not be replaced, `FL_VIDEO_DISK_FULL`.
   */
  static async create(target: string, overwrite: boolean): Promise<PartialFile> {
    const parent = dirname(target);
    const folder = await stat(parent).catch(() => undefined);
    if (!folder) throw outputNotWritable(target, `the folder ${JSON.stringify(parent)} does not exist; create it first`);
    if (!folder.isDirectory()) throw outputNotWritable(target, `${JSON.stringify(parent)} is a file, not a folder`);
    const existing = await stat(target).catch(() => undefined);
    if (existing?.isDirectory()) throw outputNotWritable(target, 'a folder has that name; choose another');
    if (existing && !overwrite) throw outputExists(target);
    await removeAbandoned(target);
    const draft = new Draft(target);
    await open(draft.path, 'wx')
      .then((file) => file.close())
      .catch(async (cause: unknown) => {
        await draft.discard();
        throw notWritable(target, cause);
      });
    return new PartialFile(draft);
  }

  /** Flushes the file and gives it its name. @throws FrameloomError `FL_VIDEO_OUTPUT_PATH`. */
  async commit(): Promise<void> {
    await this.draft.commit().catch((cause: unknown) => {
      throw outputNotWritable(
        this.draft.target,
        `the finished file could not take its name (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
        cause,
      );
    });
  }

  /** Removes whatever was written. Harmless after {@link commit}. */
  discard(): Promise<void> {
    return this.draft.discard();
  }
}

/** Why no file can be made at a place, in words. */
function notWritable(target: string, cause: unknown): FrameloomError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return driveFull(target);
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'its folder is write-protected; choose another',
    EPERM: 'its folder is write-protected; choose another',
    EROFS: 'its drive can only be read; choose another',
    ENAMETOOLONG: 'its name is too long',
  };
  return outputNotWritable(target, reasons[code ?? ''] ?? `no file can be made there (${code ?? 'unknown reason'})`, cause);
}

/** Unfinished files of processes that were killed outright and could not clean up. */
async function removeAbandoned(target: string): Promise<void> {
  const extension = extname(target);
  const prefix = `${basename(target, extension)}.partial-`;
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    const mark = name.startsWith(prefix) && name.endsWith(extension) ? name.slice(prefix.length) : '';
    const pid = /^(\d+)-\d+/.exec(mark)?.[1];
    if (!pid || isRunning(Number(pid))) continue;
    const path = join(folder, name);
    if (isForgotten(mark)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
    const age = await stat(path).then(
      (entry) => Date.now() - entry.mtimeMs,
      () => 0,
    );
    // Another machine or container may share the folder, where our list of processes says nothing.
    if (age > 10 * 60_000) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
