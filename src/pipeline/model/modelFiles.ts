import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { modelErrors } from './errors.js';

/** Scalars, lists and objects as they come out of a JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** Where models are looked for by name: `FRAMELOOM_MODELS` (folders, separated as in PATH), then the ones that ship with Frameloom. */
export function modelFolders(): string[] {
  const own = (process.env.FRAMELOOM_MODELS ?? '').split(path.delimiter).filter(Boolean);
  return [...own, path.join(packageRoot(), 'models')];
}

/** Names and directories of the models that {@link modelFolders} hold. */
export async function installedModels(): Promise<{ name: string; directory: string }[]> {
  const found = new Map<string, string>();
  for (const folder of modelFolders()) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const directory = path.join(folder, name);
      if (!found.has(name) && existsSync(path.join(directory, 'unet'))) found.set(name, directory);
    }
  }
  return [...found].map(([name, directory]) => ({ name, directory }));
}

/**
 * The directory of a model given by name or path.
 *
 * @throws {FrameloomError} `FL_MODEL_NOT_FOUND` with the names there are.
 */
export async function findModel(nameOrPath: string): Promise<string> {
  const models = await installedModels();
  const named = models.find(({ name }) => name === nameOrPath);
  if (named) return named.directory;
  const isDirectory = await stat(nameOrPath).then((entry) => entry.isDirectory(), () => false);
  if (isDirectory) return path.resolve(nameOrPath);
  throw modelErrors.notFound(nameOrPath, models.map(({ name }) => name), modelFolders());
}

/** The ONNX file of one part: `model.onnx`, or the only (or an fp16) graph in its folder. */
export async function findGraph(directory: string, part: string): Promise<string> {
  const folder = path.join(directory, part);
  const graphs = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.onnx')).sort();
  const name = graphs.find((graph) => graph === 'model.onnx') ?? graphs.find((graph) => graph === 'model_fp16.onnx') ?? graphs[0];
  if (!name) throw modelErrors.missingFile(path.join(folder, 'model.onnx'));
  return path.join(folder, name);
}

/**
 * A JSON file of the model, or undefined where there is none.
 *
 * Python writes `-Infinity` and `NaN` into its JSON (DPM-Solver's `lambda_min_clipped`); they are read as null.
 * @throws {FrameloomError} `FL_MODEL_JSON` when it is not JSON.
 */
export async function readJson(directory: string, file: string): Promise<Json | undefined> {
  const full = path.join(directory, file);
  const text = await readFile(full, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.replace(/([:[,]\s*)(?:-?Infinity|NaN)\b/g, '$1null')) as Json;
  } catch (cause) {
    throw modelErrors.badJson(full, cause);
  }
}

/** The folder that holds Frameloom's package.json, from wherever this code was bundled to. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}
