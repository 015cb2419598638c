import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { plainFilesBelow, Tensor } from '../core/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import { Scheduler } from '../schedulers/index.js';
import type { Video } from '../video/index.js';

/** The folder name of a cell: whatever its clip or its numbers depend on is in it. */
export function cellId(...ingredients: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(ingredients, asText)).digest('hex').slice(0, 24);
}

/** What a model is known by: name, version of the library, and sizes and times of its files. */
export async function modelMark(model: LatentDiffusionNetworks): Promise<unknown> {
  const { directory, name, libraryVersion, schedulerConfig } = model;
  const below = await plainFilesBelow(directory);
  const files = below.length > 0 ? below : [directory];
  const facts = files.sort().map(async (file) => {
    const entry = await stat(file).catch(() => undefined);
    return [file.slice(directory.length), entry?.size, entry?.mtimeMs];
  });
  return [name, libraryVersion, schedulerConfig, await Promise.all(facts)];
}

/** What a clip is known by: its pixels and its rate. */
export async function clipMark(clip: Video, signal: AbortSignal | undefined): Promise<unknown> {
  const hash = createHash('sha256');
  for await (const { data, width, height } of clip.frames({ signal })) hash.update(`${width}x${height}`).update(data);
  return [hash.digest('hex'), clip.fps];
}

/** Schedulers by their settings, tensors by their values. */
function asText(_: string, value: unknown): unknown {
  if (value instanceof Scheduler) return { scheduler: value.className, config: value.config, run: value.runOptions };
  if (value instanceof Tensor) return { dims: value.dims, digest: createHash('sha256').update(value.data).digest('hex') };
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
