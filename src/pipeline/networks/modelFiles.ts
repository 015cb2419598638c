import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type OptionCheck, ForeignFileProblem, nestsDeeper, packageRoot, readForeignText, requirePlainFile } from '../core/index.js';
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

/** Bytes of the largest JSON file of a model: vocabularies of a million words have 30 MB. */
const MOST_BYTES = 64 << 20;

/** Levels that lists and objects of such a file nest: tokenizers come to eight. */
const DEEPEST = 64;

/**
 * The ONNX file of one part: `model.onnx`, or the only (or an fp16) graph in its folder.
 *
 * @throws {FrameloomError} `FL_MODEL_FILE_MISSING`; `FL_MODEL_FILE` where something in the folder is no plain file: ONNX Runtime
 * opens what a graph names there, and would wait for a pipe for ever.
 */
export async function findGraph(directory: string, part: string): Promise<string> {
  const folder = path.join(directory, part);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const graphs = entries
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.onnx'))
    .sort();
  const name = graphs.find((graph) => graph === 'model.onnx') ?? graphs.find((graph) => graph === 'model_fp16.onnx') ?? graphs[0];
  if (!name) throw modelErrors.missingFile(path.join(folder, 'model.onnx'));
  for (const entry of entries)
    if (entry.name === name || !(entry.isFile() || entry.isDirectory())) await requireModelFile(path.join(folder, entry.name));
  return path.join(folder, name);
}

/** @throws {FrameloomError} `FL_MODEL_FILE_MISSING`, `FL_MODEL_FILE` unless it is a plain file, or a link to one. */
export async function requireModelFile(file: string): Promise<void> {
  await requirePlainFile(file).catch((problem: unknown) => {
    throw fileError(file, problem);
  });
}

/**
 * A text file of the model, or undefined where there is none.
 *
 * @throws {FrameloomError} `FL_MODEL_FILE` for a pipe, a folder, one that is too large or cannot be read.
 */
export async function readModelText(file: string): Promise<string | undefined> {
  try {
    return await readForeignText(file, MOST_BYTES);
  } catch (problem) {
    if (problem instanceof ForeignFileProblem && problem.isMissing) return undefined;
    throw fileError(file, problem);
  }
}

/**
 * A JSON file of the model, or undefined where there is none.
 *
 * Python writes `-Infinity` and `NaN` into its JSON (DPM-Solver's `lambda_min_clipped`); they are read as null.
 * @param fields what its fields must be, where they are there; those that are null come as if they were not.
 * @throws {FrameloomError} `FL_MODEL_JSON` when it is not JSON, or a field is not what it must be; `FL_MODEL_FILE` when it cannot be read.
 */
export async function readJson(
  directory: string,
  file: string,
  fields: Readonly<Record<string, OptionCheck>> = {},
): Promise<Json | undefined> {
  const full = path.join(directory, file);
  const text = await readModelText(full);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/([:[,]\s*)(?:-?Infinity|NaN)\b/g, '$1null'));
  } catch (cause) {
    throw modelErrors.badJson(full, cause);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw modelErrors.badJson(full, 'it holds no object in braces');
  if (nestsDeeper(value, DEEPEST)) throw modelErrors.badJson(full, `it is nested more than ${DEEPEST} levels deep`);
  const json = value as Record<string, unknown>;
  for (const [name, check] of Object.entries(fields)) {
    const given = Object.hasOwn(json, name) ? json[name] : undefined;
    if (given === null) delete json[name];
    const wanted = given === undefined || given === null ? undefined : check(given, name);
    if (wanted !== undefined) throw modelErrors.badField(full, name, given, wanted);
  }
  return json;
}

function fileError(file: string, problem: unknown): unknown {
  if (!(problem instanceof ForeignFileProblem)) return problem;
  return problem.isMissing ? modelErrors.missingFile(file) : modelErrors.badFile(file, problem);
}

/** The folder with CLIP's tokenizer, which comes along for checkpoints in one file: they have none, and all of them use this one. */
export function clipTokenizerFolder(): string {
  return path.join(packageRoot(), 'models', 'clip-tokenizer');
}
