import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import * as path from 'node:path';
import type { ProxyPlan } from './playability.js';

/** Changes when proxies are made differently, so that older ones are not used any more. */
const recipe = 1;

/** A file at one moment. */
export interface FileStamp {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/** Reads the stamp of a file. */
export async function stampOf(file: string): Promise<FileStamp> {
  const { size, mtimeMs } = await stat(file);
  return { path: file, bytes: size, modified: mtimeMs };
}

/** The folder with the playable versions, kept below a size by forgetting the least recently used. */
export class ProxyCache {
  constructor(
    readonly folder: string,
    private readonly capBytes: () => number,
  ) {}

  /** Where the version of a file stands or will stand. */
  async place(stamp: FileStamp, plan: ProxyPlan): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const key = createHash('sha256')
      .update(JSON.stringify([recipe, stamp.path, stamp.bytes, stamp.modified, plan.video, plan.audio]))
      .digest('hex');
    return path.join(this.folder, `${key.slice(0, 40)}.mp4`);
  }

  /** Whether the version is there; using it keeps it young. */
  async has(place: string): Promise<boolean> {
    const now = new Date();
    return utimes(place, now, now).then(
      () => true,
      () => false,
    );
  }

  /** Removes the oldest until the rest fits; `keep` stays whatever its size. */
  async trim(keep: string): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const files = await Promise.all(
      names
        .filter((name) => /^[0-9a-f]{40}\.mp4$/.test(name))
        .map(async (name) => {
          const file = path.join(this.folder, name);
          const entry = await stat(file).catch(() => undefined);
          return entry && { file, bytes: entry.size, used: entry.mtimeMs };
        }),
    );
    const oldestFirst = files.filter((entry) => entry !== undefined).sort((a, b) => a.used - b.used);
    let total = oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { file, bytes } of oldestFirst) {
      if (total <= this.capBytes()) return;
      if (file === keep) continue;
      // One that is being played may be locked (Windows); it goes next time.
      await rm(file, { force: true }).then(
        () => (total -= bytes),
        () => undefined,
      );
    }
  }
}
