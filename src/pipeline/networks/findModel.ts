import { stat } from 'node:fs/promises';
import path from 'node:path';
import { adviseOnFile, adviseOnFolder, adviseOnText } from './handedOver.js';
import { namedModels } from './installedModels.js';
import { cachedFromHub, isCheckpointFile, looksLikeModel, snapshotOf } from './modelPlaces.js';

/**
 * The directory (or, of a checkpoint in one file, the file) of a model given by name, by path, or by the Hub id of one that the Hub's own tools fetched before.
 *
 * @throws {FrameloomError} `FL_MODEL_NOT_FOUND` with the names there are; `FL_MODEL_NOT_A_MODEL` where something else was
 * handed over, with what to do with it.
 */
export async function findModel(nameOrPath: string): Promise<string> {
  if (typeof nameOrPath !== 'string' || nameOrPath.trim() === '') throw adviseOnText(String(nameOrPath), []);
  const models = await namedModels();
  const named = models.get(nameOrPath);
  if (named) return named;
  const entry = await stat(nameOrPath).catch(() => undefined);
  if (entry?.isFile()) {
    if (isCheckpointFile(nameOrPath)) return path.resolve(nameOrPath);
    throw adviseOnFile(path.resolve(nameOrPath));
  }
  if (entry?.isDirectory()) {
    const directory = path.resolve(nameOrPath);
    const model = (await snapshotOf(directory)) ?? directory;
    if (await looksLikeModel(model)) return model;
    throw await adviseOnFolder(directory);
  }
  const cached = /^[\w.-]+\/[\w.-]+$/.test(nameOrPath) ? await cachedFromHub(nameOrPath) : undefined;
  if (cached) return cached;
  throw adviseOnText(nameOrPath, [...models.keys()]);
}
