import path from 'node:path';
import { ambientFiles, ambientProgress, ArgumentError } from '../core/index.js';
import { LatentDiffusionModel } from '../pipelines/index.js';
import { Video } from '../video/index.js';
import { axesOf, planCells } from './axes.js';
import { checkCells } from './checkCells.js';
import { Comparison } from './comparison.js';
import { type CellStore, FolderStore, MemoryStore } from './cellStore.js';
import { CellMaker } from './makeCell.js';
import { checkCompareOptions, type CompareOptions, type ComparisonProgress } from './options.js';

/**
 * Compares schedulers, steps, seeds and any other options by making a clip of each combination, one after the other:
 *
 * ```ts
 * const comparison = compareSchedulers(model, clip, 'a big green car', { schedulers: ['ddim', 'dpmpp_2m'], steps: [6, 20] });
 * for await (const { labels, metrics } of comparison) console.log(labels, metrics.promptAlignment);
 * ```
 *
 * Each clip is, bit for bit, what `editVideo` or `generateVideo` makes of the same options; what cells have in common (text embeddings,
 * the encoded source, its inversion, the first noise) is made once. Options whose change costs most vary slowest. With a folder, which a
 * notebook has of itself, cells are kept there: interrupted, the same call goes on where it stood.
 *
 * @param input the clip to edit, whose frames are held in memory to measure by; undefined to generate.
 * @param prompt what all cells are to show.
 * @throws {ArgumentError} and what else options cause that cannot be used, for any cell, before the first is made.
 */
export function compareSchedulers(
  model: LatentDiffusionModel,
  input: Video | undefined,
  prompt: string,
  options: CompareOptions = {},
): Comparison {
  if (!(model instanceof LatentDiffusionModel))
    throw new ArgumentError('model', model, 'a model: await LatentDiffusionModel.fromPretrained(…)');
  if (input !== undefined && !(input instanceof Video))
    throw new ArgumentError('input', input, 'a Video to edit, or undefined to generate');
  if (typeof prompt !== 'string') throw new ArgumentError('prompt', prompt, 'text');
  checkCompareOptions(options);
  const { recommended, schedulerConfig } = model;
  const { numInferenceSteps: steps, guidanceScale } = recommended;
  const axes = axesOf(options);
  const plan = planCells(axes, options.options ?? {}, { steps, guidanceScale, schedulerConfig });
  checkCells(model, input, plan);
  const onNotice = onceEach(options.onNotice ?? ((text) => console.warn(text)));
  const maker = new CellMaker({
    model,
    input,
    prompt,
    mask: options.mask,
    reference: options.reference,
    encoders: options.encoders,
    store: storeFor(options.folder, onNotice),
    onNotice,
  });
  const onProgress = (progress: ComparisonProgress): void => {
    const { text, fraction, secondsLeft } = progress;
    ambientProgress()?.({ stage: 'compare', text, fraction, secondsLeft });
    options.onProgress?.(progress);
  };
  const common = options.options ?? {};
  return new Comparison({ prompt, model: model.name, input, axes, common, plan, maker, onProgress, signal: options.signal });
}

/** The caller's folder, or one among the host's files; else memory. */
function storeFor(folder: string | undefined, onNotice: (notice: string) => void): CellStore {
  if (folder !== undefined) return new FolderStore(path.resolve(folder), path.resolve(folder), onNotice);
  const files = ambientFiles();
  return files ? new FolderStore(files.base, path.join(files.folder, 'cells'), onNotice) : new MemoryStore();
}

/** The cells of a comparison have much to say twice. */
function onceEach(tell: (notice: string) => void): (notice: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}
