import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardPath, releasePath } from './exitGuard.js';

const prefix = 'frameloom-video-';

/** A temporary folder that only this user can read, and that goes when it is released or the process ends. */
export interface PrivateFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a {@link PrivateFolder}. */
export async function createPrivateFolder(): Promise<PrivateFolder> {
  void removeForgotten();
  // mkdtemp makes it with mode 0700 and a name that nobody can guess.
  const path = await mkdtemp(join(tmpdir(), prefix));
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

/** Once per process: folders of processes that were killed outright, when untouched for two days. */
async function removeForgotten(): Promise<void> {
  if (swept) return;
  swept = true;
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    const age = await stat(path).then((entry) => Date.now() - entry.mtimeMs, () => 0);
    if (age > 48 * 3_600_000) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
