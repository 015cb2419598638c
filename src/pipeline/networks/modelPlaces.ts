import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { readForeignText } from '../core/index.js';

/** Parts by which a folder is known for a model of some kind, loadable or not. */
const telling: readonly string[] = ['model_index.json', 'unet', 'transformer', 'prior', 'controlnet', 'vae_decoder'];

/** Whether a folder holds what a model's folder holds. */
export async function looksLikeModel(directory: string): Promise<boolean> {
  const names: readonly string[] = await readdir(directory).catch(() => []);
  return telling.some((name) => names.includes(name));
}

/** Whether a file may be a whole checkpoint by its name; what is in it, opening it shows. */
export function isCheckpointFile(file: string): boolean {
  return file.endsWith('.safetensors') && !/lora/i.test(path.basename(file));
}

/** The model folders right inside a folder. */
export async function modelsInside(directory: string): Promise<string[]> {
  const inside: string[] = [];
  for (const name of (await readdir(directory).catch(() => [])).sort()) {
    const place = path.join(directory, name);
    const model = (await snapshotOf(place)) ?? place;
    if (await looksLikeModel(model)) inside.push(model);
  }
  return inside;
}

/**
 * The snapshot that a folder of the Hub's cache (`models--org--name/snapshots/<commit>`) holds: that of the branch `main`, or
 * the one that changed last. Undefined for other folders.
 */
export async function snapshotOf(directory: string): Promise<string | undefined> {
  const snapshots = path.basename(directory) === 'snapshots' ? directory : path.join(directory, 'snapshots');
  const commits: readonly string[] = await readdir(snapshots).catch(() => []);
  if (commits.length === 0) return undefined;
  const main = await readForeignText(path.join(path.dirname(snapshots), 'refs', 'main'), 1000).then(
    (text) => text.trim(),
    () => undefined,
  );
  if (main && commits.includes(main)) return path.join(snapshots, main);
  const dated = await Promise.all(
    commits.map(async (commit) => ({
      commit,
      time: await stat(path.join(snapshots, commit)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  );
  const [latest] = dated.sort((a, b) => b.time - a.time);
  return path.join(snapshots, latest!.commit);
}

/** Where the Hub's own tools would have put a model that they fetched before; nothing is fetched here. */
export async function cachedFromHub(id: string): Promise<string | undefined> {
  const { HF_HUB_CACHE, HF_HOME } = process.env;
  const cache = HF_HUB_CACHE ?? path.join(HF_HOME ?? path.join(homedir(), '.cache', 'huggingface'), 'hub');
  return snapshotOf(path.join(cache, `models--${id.replace('/', '--')}`));
}
