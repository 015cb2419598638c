import type { Json } from './modelFiles.js';

/** Pipelines of diffusers that run the same LTX-Video, from text, from a picture or from conditions: with the parts of each it can be run from text or from a clip. */
const runnable: readonly unknown[] = ['LTXPipeline', 'LTXConditionPipeline', 'LTXImageToVideoPipeline'];

/** Whether a model is an LTX-Video, by its `model_index.json`. */
export function isRunnableLtx(index: Json): boolean {
  return runnable.includes(index._class_name);
}

/** Whether a model is an LTX-Video from 0.9.5 on, whose frames are placed, whose steps are spaced and whose prompts are encoded otherwise than before. */
export function takesConditions(index: Json): boolean {
  return index._class_name === 'LTXConditionPipeline';
}

/** What an LTX is that cannot be run, by its `model_index.json`; undefined for other models, and for one that can. */
export function otherLtx(index: Json): string | undefined {
  const { _class_name: name } = index;
  if (typeof name !== 'string' || !name.startsWith('LTX') || isRunnableLtx(index)) return undefined;
  if (/^LTX2/.test(name)) return 'LTX-2, which makes sound besides';
  if (/Upsample/.test(name)) return 'LTX-Video’s upsampler of latents, a part that goes between two runs';
  if (/I2V|ImageToVideo/.test(name)) return `${name}, an LTX-Video that only goes on from a picture`;
  return `${name}, an LTX-Video of another kind`;
}
