import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { draftMark } from './draftMark.js';
import { guardPath, releasePath } from './exitGuard.js';

/**
 * A file or folder that appears complete or not at all: made as `name.partial-<pid>-<n>-<machine>.ext` beside the place where it
 * will stand, flushed to the drive, then renamed. Removed when this process ends before that.
 */
export class Draft {
  /** Where to write. Nothing is there yet. */
  readonly path: string;

  /** @param target the place, absolute; what stands there is replaced when the draft is finished. */
  constructor(readonly target: string) {
    const extension = path.extname(target);
    this.path = path.join(path.dirname(target), `${path.basename(target, extension)}.partial-${draftMark()}${extension}`);
    guardPath(this.path);
  }

  /** Flushes the file and gives it its name. The files in a folder are to be flushed before. @throws whatever the file system says. */
  async commit(): Promise<void> {
    if ((await stat(this.path)).isDirectory()) await this.replaceFolder();
    else {
      await flush(this.path, 'r+');
      await rename(this.path, this.target);
    }
    releasePath(this.path);
    // Makes the new name itself survive a power cut; not every system can do this to a folder.
    await flush(path.dirname(this.target), 'r').catch(() => undefined);
  }

  /** Removes whatever was written. Harmless after {@link commit}. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true }).catch(() => undefined);
    releasePath(this.path);
  }

  /** A folder cannot be renamed over one that has files. */
  private async replaceFolder(): Promise<void> {
    const old = `${this.path}.old`;
    const replaced = await rename(this.target, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(this.path, this.target);
    } catch (error) {
      if (replaced) await rename(old, this.target).catch(() => undefined);
      throw error;
    }
    if (replaced) await rm(old, { recursive: true, force: true });
  }
}

/**
 * Makes a file that appears complete or not at all.
 *
 * @param write makes the file at the place that it is given, where nothing is.
 * @throws whatever `write` or the file system says; then there is nothing at the target that was not there before.
 */
export async function writeWhole(target: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = new Draft(target);
  try {
    await write(draft.path);
    await draft.commit();
  } finally {
    await draft.discard();
  }
}

async function flush(place: string, mode: string): Promise<void> {
  const file = await open(place, mode);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
