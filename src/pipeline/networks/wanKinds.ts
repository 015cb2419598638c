import type { Json } from './modelFiles.js';

/** Pipelines of diffusers that run the same Wan, from text or from a clip, or its VACE. */
const runnable: readonly unknown[] = ['WanPipeline', 'WanVideoToVideoPipeline', 'WanVACEPipeline'];

/** Whether a model is a Wan that can be run, by its `model_index.json`. */
export function isRunnableWan(index: Json): boolean {
  return runnable.includes(index._class_name) && otherWan(index) === undefined;
}

/** What a Wan is that cannot be run, by its `model_index.json`; undefined for other models, and for one that can. */
export function otherWan(index: Json): string | undefined {
  const { _class_name: name } = index;
  if (typeof name !== 'string' || !name.startsWith('Wan')) return undefined;
  const second = Array.isArray(index.transformer_2) ? (index.transformer_2 as unknown[])[1] : undefined;
  const isSecondGeneration =
    (second ?? undefined) !== undefined || typeof index.boundary_ratio === 'number' || index.expand_timesteps === true;
  if (isSecondGeneration) return 'Wan 2.2 (two transformers, or timesteps for each token)';
  if (runnable.includes(name)) return undefined;
  if (/ImageToVideo/.test(name)) return 'Wan from image to video, which is shown a picture';
  return `${name}, a Wan of another kind`;
}
