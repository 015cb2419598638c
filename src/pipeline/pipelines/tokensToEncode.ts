import { oneNumber } from '../diffusion/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import type { GenerateVideoOptions } from './options.js';

/** What a run may say of texts beside its prompt, and what decides which it needs. */
type TextOptions = Partial<Pick<EditVideoOptions, 'method' | 'sourcePrompt' | 'mask' | 'edits'>> &
  Pick<GenerateVideoOptions, 'negativePrompt' | 'guidanceScale' | 'promptTravel' | 'promptToPrompt' | 'regionalPrompts' | 'loraWeights'>;

/**
 * How many tokens a run's text encoder is given at once, at the most: 0 where all texts of the run are kept on disk, so that it is not loaded.
 *
 * @returns undefined for a run that may encode texts which show only on the way: what is told of it beforehand is never less than what it takes.
 */
export async function tokensToEncode(model: LatentDiffusionNetworks, prompt: string, options: TextOptions): Promise<number | undefined> {
  const { textEncoder, captions, recommended } = model;
  const { promptTravel, promptToPrompt, regionalPrompts, loraWeights, mask, edits } = options;
  const others = [promptTravel, promptToPrompt, regionalPrompts, loraWeights, mask, edits, captions];
  if (typeof prompt !== 'string' || others.some((each) => each !== undefined) || textEncoder.graph.isResident) return undefined;
  const { method, negativePrompt = '', sourcePrompt, guidanceScale } = options;
  const guided = guidanceScale === undefined ? recommended.guidanceScale > 1 : (oneNumber(guidanceScale) ?? Infinity) > 1;
  const compares = method !== undefined && method !== 'sdedit';
  const source = sourcePrompt ?? (compares ? '' : undefined);
  const texts = [prompt, ...(guided ? [negativePrompt] : []), ...(source === undefined ? [] : [source])];
  let most = 0;
  for (const text of texts) if (!(await textEncoder.isKept(text))) most = Math.max(most, textEncoder.tokensOf(text));
  return most;
}
