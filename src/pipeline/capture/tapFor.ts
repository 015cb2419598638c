import type { UNet, PromptWord } from '../networks/index.js';
import type { AttentionSite, AttentionTap } from '../onnx/index.js';
import type { CapturePlan } from '../diffusion/index.js';
import { findWord } from './words.js';

/**
 * The tap that takes the attention asked for: cross-attention to the tokens of the words named.
 *
 * @throws {FrameloomError} `FL_CAPTURE_WORD` for a word that is not in the prompt; what {@link UNet.tap} throws for layers and heads.
 */
export async function tapFor(unet: UNet, plan: CapturePlan, words: readonly PromptWord[]): Promise<AttentionTap | undefined> {
  const { attention, layers, heads } = plan;
  if (attention === undefined) return undefined;
  const named = attention === true ? words.flatMap((word) => word.tokens) : attention.flatMap((word) => findWord(words, word));
  const tokens = [...new Set(named)].sort((a, b) => a - b);
  if (tokens.length === 0) return undefined;
  // A layer whose shapes cannot be followed is left out, unless it is named.
  const request = { layers: layers ?? ((site: AttentionSite) => site.heads !== undefined), tokens, kinds: ['cross'] as const };
  return unet.tap({ ...request, heads });
}
