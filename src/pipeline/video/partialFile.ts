import { access, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { outputExists, outputNotWritable } from './errors.js';
import { guardPath, releasePath } from './exitGuard.js';

let counter = 0;

/**
 * A file that appears complete or not at all: written as `name.partial-<pid>-<n>.ext` in the folder
 * where it will stand, flushed to the drive, then renamed over the target in one step. Removed when
 * this process ends before that.
 */
export class PartialFile {
  /** Where to write. */
  readonly path: string;

  private constructor(readonly target: string) {
    const extension = extname(target);
    const name = basename(target, extension);
    this.path = join(dirname(target), `${name}.partial-${process.pid}-${++counter}${extension}`);
    guardPath(this.path);
  }

  /**
   * Checks the target and reserves a name beside it.
   *
   * @throws FrameloomError `FL_VIDEO_OUTPUT_PATH` when the folder is missing or the target is one,
   * `FL_VIDEO_OUTPUT_EXISTS` when it exists and may not be replaced.
   */
  static async create(target: string, overwrite: boolean): Promise<PartialFile> {
    const folder = await stat(dirname(target)).catch(() => undefined);
    if (!folder?.isDirectory()) throw outputNotWritable(target, `the folder ${JSON.stringify(dirname(target))} does not exist; create it first`);
    const existing = await stat(target).catch(() => undefined);
    if (existing?.isDirectory()) throw outputNotWritable(target, 'a folder has that name; choose another');
    if (existing && !overwrite) throw outputExists(target);
    await access(dirname(target), 2).catch((cause: unknown) => {
      throw outputNotWritable(target, 'its folder is write-protected; choose another', cause);
    });
    await removeAbandoned(target);
    return new PartialFile(target);
  }

  /** Flushes the file and gives it its name. */
  async commit(): Promise<void> {
    await flush(this.path, 'r+');
    await rename(this.path, this.target).catch((cause: unknown) => {
      throw outputNotWritable(this.target, `the finished file could not take its name (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`, cause);
    });
    releasePath(this.path);
    // Makes the new name itself survive a power cut; not every system can do this to a folder.
    await flush(dirname(this.target), 'r').catch(() => undefined);
  }

  /** Removes whatever was written. Harmless after {@link commit}. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true }).catch(() => undefined);
    releasePath(this.path);
  }
}

async function flush(path: string, mode: string): Promise<void> {
  const file = await open(path, mode);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Unfinished files of processes that were killed outright and could not clean up. */
async function removeAbandoned(target: string): Promise<void> {
  const extension = extname(target);
  const prefix = `${basename(target, extension)}.partial-`;
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = name.startsWith(prefix) && name.endsWith(extension) ? /^(\d+)-\d+/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (!pid || isRunning(Number(pid))) continue;
    const path = join(folder, name);
    const age = await stat(path).then((entry) => Date.now() - entry.mtimeMs, () => 0);
    // Another machine or container may share the folder, where our list of processes says nothing.
    if (age > 10 * 60_000) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
