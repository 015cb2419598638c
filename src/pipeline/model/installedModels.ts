import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkModelFolder } from './checkModelFolder.js';
import { looksLikeModel, snapshotOf } from './modelPlaces.js';
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

/** Models that {@link modelFolders} hold, those that cannot be loaded marked with the reason. */
export async function installedModels(): Promise<InstalledModel[]> {
  const found = await namedModels();
  return Promise.all([...found].map(async ([name, directory]) => {
    const problem = await checkModelFolder(directory).then(() => undefined, (error: Error) => error.message);
    return { name, directory, problem };
  }));
}

/** Directories of the models that {@link modelFolders} hold, by name, whether they can be loaded or not. */
export async function namedModels(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of modelFolders()) {
    for (const entry of (await readdir(folder).catch(() => [])).sort()) {
      const place = path.join(folder, entry);
      const directory = (await snapshotOf(place)) ?? place;
      const name = entry.replace(/^models--(.+?)--(.+)$/, '$1/$2');
      if (!found.has(name) && (await looksLikeModel(directory))) found.set(name, directory);
    }
  }
  return found;
}
