import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type OnnxModel, readModel } from '../onnx/index.js';
import { checkModel } from './checkModel.js';
import { openModel } from './openModel.js';
import { PromptTokenizer } from './tokenizer.js';

const parts = ['text_encoder', 'unet', 'vae_decoder', 'vae_encoder'] as const;

/**
 * Why a model directory cannot be loaded, as far as that shows without reading its weights: what {@link checkModel} refuses, a
 * tokenizer that is missing or broken, a graph that is cut off or was not fetched (Git LFS), weights in a second file that is missing
 * or too short.
 */
export async function folderProblem(directory: string): Promise<string | undefined> {
  try {
    const contents = await openModel(directory);
    await checkModel(contents);
    for (const part of parts) {
      const source = await contents.graph(part);
      // What is built from weights has been found whole.
      if (typeof source !== 'string') continue;
      const problem = await graphProblem(source);
      if (problem !== undefined) return problem;
    }
    await PromptTokenizer.load(await contents.tokenizer(), undefined);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function graphProblem(file: string): Promise<string | undefined> {
  const entry = await stat(file);
  if (!entry.isFile()) return `${file} is no ordinary file. Put the ONNX graph itself there.`;
  if (entry.size === 0) return `${file} is empty. Download or export it again.`;
  const model = readModel(file);
  if (model.nodes.length === 0) return `${file} is no ONNX model, or one without a graph. Download or export it again.`;
  return weightsProblem(file, model);
}

async function weightsProblem(file: string, { initializers }: OnnxModel): Promise<string | undefined> {
  const ends = new Map<string, number>();
  for (const { elsewhere } of initializers) if (elsewhere) ends.set(elsewhere.file, Math.max(elsewhere.end, ends.get(elsewhere.file) ?? 0));
  for (const [name, end] of ends) {
    const entry = await stat(path.join(path.dirname(file), name)).catch(() => undefined);
    const what = entry === undefined ? 'is not there' : entry.size < end ? `has ${entry.size} of at least ${end} bytes` : undefined;
    if (what !== undefined)
      return `The weights of ${file} lie in ${name} beside it, which ${what}. Fetch or copy that file too, whole and under its own name.`;
  }
  return undefined;
}
