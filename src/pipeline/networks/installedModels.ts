import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { folderProblem } from './folderProblem.js';
import { adviseOnLookalike } from './handedOver.js';
import { isCheckpointFile, looksLikeModel, snapshotOf } from './modelPlaces.js';
import { modelFolders } from './modelFiles.js';

/** A model in one of {@link modelFolders}. */
export interface InstalledModel {
  /** What it is called by. */
  name: string;
  /** Where it lies. */
  directory: string;
  /** Why it cannot be loaded, as far as that shows without its weights; undefined where nothing speaks against it. */
  problem: string | undefined;
}

/**
 * Models that {@link modelFolders} hold, those that cannot be loaded marked with the reason: also what lies there in the place of a
 * model (a checkpoint for PyTorch, a LoRA, one graph, an archive).
 */
export async function installedModels(): Promise<InstalledModel[]> {
  const models = [...(await namedModels())].map(async ([name, directory]) => ({
    name,
    directory,
    problem: await folderProblem(directory),
  }));
  return [...(await Promise.all(models)), ...(await inTheirPlace())];
}

/** What lies in our own or the person's folders and is no model, but was meant as one. */
async function inTheirPlace(): Promise<InstalledModel[]> {
  const found: InstalledModel[] = [];
  for (const folder of modelFolders()) {
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      const place = path.join(folder, name);
      if (isCheckpointFile(place) || (await looksLikeModel((await snapshotOf(place)) ?? place))) continue;
      const problem = await adviseOnLookalike(place);
      if (problem !== undefined) found.push({ name, directory: place, problem: problem.message });
    }
  }
  return found;
}

/** Directories (or files) of the models that {@link modelFolders} hold, by name, whether they can be loaded or not. */
export async function namedModels(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of modelFolders()) {
    for (const entry of (await readdir(folder).catch(() => [])).sort()) {
      const place = path.join(folder, entry);
      const directory = (await snapshotOf(place)) ?? place;
      const name = entry.replace(/^models--(.+?)--(.+)$/, '$1/$2').replace(/\.safetensors$/, '');
      if (!found.has(name) && (isCheckpointFile(directory) || (await looksLikeModel(directory)))) found.set(name, directory);
    }
  }
  return found;
}
