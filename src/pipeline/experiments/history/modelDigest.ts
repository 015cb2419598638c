import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { plainFilesBelow } from '../../core/index.js';
import type { LatentDiffusionNetworks } from '../../networks/index.js';

/** Bytes of each end of a file that are looked at: weights have gigabytes, and no two trainings share their ends. */
const END = 64 << 10;
/** Files that a model's folder may have for this. */
const MOST_FILES = 2000;

const known = new WeakMap<LatentDiffusionNetworks, Promise<string>>();

/**
 * What a loaded model is known by on any machine: SHA-256, hexadecimal, of its files' names, sizes and ends, and of what lies over it
 * (LoRAs, ControlNets).
 */
export function modelDigest(model: LatentDiffusionNetworks): Promise<string> {
  const { directory, loras, controlNets } = model;
  const names = loras.all.map(({ name }) => name);
  const digest = known.get(model) ?? digestOfFiles(directory, [names, controlNets.length]);
  known.set(model, digest);
  return digest;
}

/** {@link modelDigest} of a model that is not loaded, with nothing laid over it. @param directory its folder, or its one file. */
export function digestOfFolder(directory: string): Promise<string> {
  return digestOfFiles(directory, [[], 0]);
}

async function digestOfFiles(directory: string, over: readonly unknown[]): Promise<string> {
  const below = await plainFilesBelow(directory);
  const files = (below.length > 0 ? below : [directory]).sort().slice(0, MOST_FILES);
  const hash = createHash('sha256').update(JSON.stringify(over));
  for (const file of files) {
    const handle = await open(file).catch(() => undefined);
    if (!handle) continue;
    try {
      const { size } = await handle.stat();
      hash.update(`\n${file.slice(directory.length)} ${size}\n`);
      for (const start of size > END ? [0, Math.max(END, size - END)] : [0]) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(END), 0, END, start);
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex');
}
