import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelErrors } from './errors.js';

/** Scalars, lists and objects as they come out of a JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** Where models are looked for by name: `FRAMELOOM_MODELS` (folders, separated as in PATH), then the ones that ship with Frameloom. */
export function modelFolders(): string[] {
  const own = (process.env.FRAMELOOM_MODELS ?? '').split(path.delimiter).filter(Boolean);
  return [...own, path.join(packageRoot(), 'models')];
}

/** Whether a part of a model directory has an ONNX graph. */
export async function hasGraph(directory: string, part: string): Promise<boolean> {
  return (await readdir(path.join(directory, part)).catch(() => [])).some((name) => name.endsWith('.onnx'));
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
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/([:[,]\s*)(?:-?Infinity|NaN)\b/g, '$1null').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw modelErrors.badJson(full, cause);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw modelErrors.badJson(full, 'it holds no object in braces');
  return value as Json;
}

/** The folder that holds Frameloom's package.json, from wherever this code was bundled to. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}
