import { oneNumber } from '../diffusion/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import type { GenerateVideoOptions } from './options.js';

/** What a run may say of texts beside its prompt, and what decides which it needs. */
type TextOptions = Partial<Pick<EditVideoOptions, 'method' | 'sourcePrompt' | 'mask' | 'edits'>> &
  Pick<GenerateVideoOptions, 'negativePrompt' | 'guidanceScale' | 'promptTravel' | 'promptToPrompt' | 'regionalPrompts' | 'loraWeights'>;

/**
 * Whether every text of a run is kept on disk, so that the model's text encoder is not loaded for it. Of a run that may encode others, which show only on the way, it
 * is said that they are not: what is told beforehand is never less than what it takes.
 */
export async function textsKept(model: LatentDiffusionNetworks, prompt: string, options: TextOptions): Promise<boolean> {
  const { textEncoder, captions, recommended } = model;
  const { promptTravel, promptToPrompt, regionalPrompts, loraWeights, mask, edits } = options;
  const others = [promptTravel, promptToPrompt, regionalPrompts, loraWeights, mask, edits, captions];
  if (typeof prompt !== 'string' || others.some((each) => each !== undefined)) return false;
  if (textEncoder.graph.isResident || !textEncoder.cache) return false;
  const { method, negativePrompt = '', sourcePrompt, guidanceScale } = options;
  const guided = guidanceScale === undefined ? recommended.guidanceScale > 1 : (oneNumber(guidanceScale) ?? Infinity) > 1;
  const compares = method !== undefined && method !== 'sdedit';
  const source = sourcePrompt ?? (compares ? '' : undefined);
  for (const text of [prompt, ...(guided ? [negativePrompt] : []), ...(source === undefined ? [] : [source])])
    if (!(await textEncoder.isKept(text))) return false;
  return true;
}
