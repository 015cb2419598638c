import type { PromptWord, UNet } from '../networks/index.js';
import { ArgumentError } from '../core/index.js';
import { type AttentionKind, type AttentionSite, type AttentionTap } from '../onnx/index.js';
import type { CapturePlan } from '../diffusion/index.js';
import { findWord } from './words.js';

/**
 * The tap that takes the attention asked for: cross-attention to the tokens of the words named, and of attention over frames how much they look at each other.
 *
 * @throws {FrameloomError} `FL_CAPTURE_WORD` for a word that is not in the prompt; {@link ArgumentError} where no layer attends to what is asked for; what
 * {@link UNet.tap} throws for layers and heads.
 */
export async function tapFor(unet: UNet, plan: CapturePlan, words: readonly PromptWord[]): Promise<AttentionTap | undefined> {
  const { attention, frameAttention = false, layers, heads } = plan;
  const named = attention === true ? words.flatMap((word) => word.tokens) : (attention ?? []).flatMap((word) => findWord(words, word));
  const tokens = [...new Set(named)].sort((a, b) => a - b);
  const kinds: AttentionKind[] = [...(tokens.length > 0 ? ['cross' as const] : []), ...(frameAttention ? overFrames : [])];
  if (kinds.length === 0) return undefined;
  const require = (sites: readonly AttentionSite[], instead: string) => {
    for (const [option, kindsOf] of Object.entries({ attention: ['cross'], frameAttention: overFrames } as const)) {
      if (!kinds.some((kind) => isOneOf(kind, kindsOf)) || sites.some(({ kind }) => isOneOf(kind, kindsOf))) continue;
      const what = option === 'attention' ? 'words' : 'frames';
      throw new ArgumentError(
        `capture.${option}`,
        plan[option as 'attention'],
        `left out${instead} attends to ${what} in a way that can be followed`,
      );
    }
  };
  require(await unet.attentionSites(), ': no layer of this model');
  // A layer whose shapes cannot be followed is left out, unless it is named.
  const request = { layers: layers ?? ((site: AttentionSite) => site.heads !== undefined), kinds, betweenFrames: frameAttention };
  const tap = await unet.tap({ ...request, heads, ...(tokens.length > 0 && { tokens }) });
  require(tap.sites, `, or used with other layers: none of ${layers?.join(', ') ?? 'those whose shapes can be followed'}`);
  return tap;
}

function isOneOf(kind: AttentionKind, kinds: readonly AttentionKind[]): boolean {
  return kinds.includes(kind);
}

const overFrames = ['joint', 'temporal'] as const satisfies readonly AttentionKind[];
