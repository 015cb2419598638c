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
  const digest = known.get(model) ?? digestOf(model);
  known.set(model, digest);
  return digest;
}

async function digestOf({ directory, loras, controlNets }: LatentDiffusionNetworks): Promise<string> {
  const below = await plainFilesBelow(directory);
  const files = (below.length > 0 ? below : [directory]).sort().slice(0, MOST_FILES);
  const hash = createHash('sha256').update(JSON.stringify([loras.all.map(({ name }) => name), controlNets.length]));
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
