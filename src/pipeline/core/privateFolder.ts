import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftMark, isForgotten } from './draftMark.js';
import { guardPath, releasePath } from './exitGuard.js';

const prefix = 'frameloom-video-';

/** A temporary folder that only this user can read, and that goes when it is released or the process ends. */
export interface PrivateFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a {@link PrivateFolder}. */
export async function createPrivateFolder(): Promise<PrivateFolder> {
  if (!swept) void sweepPrivateFolders();
  // mkdtemp makes it with mode 0700 and a name that nobody can guess.
  const path = await mkdtemp(join(tmpdir(), `${prefix}${draftMark()}-`));
  guardPath(path);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
      releasePath(path);
    },
  };
}

let swept = false;

/** Removes the folders of processes that were killed outright: of this machine at once, of others when untouched for two days. */
export async function sweepPrivateFolders(): Promise<void> {
  swept = true;
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    const age = isForgotten(name.slice(prefix.length))
      ? Infinity
      : await stat(path).then(
          (entry) => Date.now() - entry.mtimeMs,
          () => 0,
        );
    if (age > 48 * 3_600_000) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
