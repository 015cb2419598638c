import { ArgumentError, type Tensor } from '../../core/index.js';
import { biasAttention, scoreBiasInput } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/** A part of the picture with a prompt of its own. */
export interface RegionalPrompt {
  /** What is to be seen there. */
  readonly prompt: string;
  /** From the left, from the top, width and height, as shares of the picture, 0 … 1. */
  readonly region: readonly [x: number, y: number, width: number, height: number];
}

/** What a score becomes lower by, so that nothing of it is left after the softmax; held by 16 bits, too. */
const UNSEEN = -1e4;

/**
 * Cross-attention in which places within regions look at their regions' prompts alone, those in several at all of these, and those in none at the run's prompt:
 * regional prompts by attention masks.
 *
 * @returns makes the rewrite of the prompts' embeddings, `[1, tokens, channels]` each, in the order of the regions.
 * @throws {ArgumentError} for a network that takes a fixed number of tokens; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where an attention cannot be masked.
 */
export function regionalPrompts(
  { attentions, fixedTokens, graph }: UNet,
  prompts: readonly RegionalPrompt[],
): (embeddings: readonly Tensor[]) => GraphRewrite {
  if (fixedTokens !== undefined)
    throw new ArgumentError(
      'regionalPrompts',
      prompts,
      `left out with ${graph.label}: it was exported for texts of ${fixedTokens} tokens, and regions have texts of their own beside the prompt's`,
    );
  const regions = prompts.map(({ region }) => region);
  let factors: readonly number[] = [];
  const masked = attentions.attempted({
    key: 'regional-prompts',
    apply: (rewriter) => {
      factors = biasAttention(rewriter, attentions.in(rewriter));
      return undefined;
    },
    feeds: ({ height, width, tokens }) => {
      const ofText = tokens / (1 + regions.length);
      return Object.fromEntries(
        factors.map((factor) => {
          const [rows, columns] = [Math.ceil(height / factor), Math.ceil(width / factor)];
          return [scoreBiasInput(factor), { data: bias(regions, rows, columns, ofText), dims: [rows * columns, tokens] }];
        }),
      );
    },
  });
  return (furtherText) => ({ ...masked, furtherText });
}

/** `[rows × columns, tokens of the prompt and of every region]`: 0 where a place sees a token. */
function bias(regions: readonly RegionalPrompt['region'][], rows: number, columns: number, ofText: number): Float32Array {
  const tokens = ofText * (1 + regions.length);
  const out = new Float32Array(rows * columns * tokens).fill(UNSEEN);
  for (let place = 0; place < rows * columns; place++) {
    const [x, y] = [((place % columns) + 0.5) / columns, (Math.floor(place / columns) + 0.5) / rows];
    const within = regions.flatMap(([left, top, width, height], i) =>
      x >= left && x < left + width && y >= top && y < top + height ? [1 + i] : [],
    );
    for (const text of within.length > 0 ? within : [0]) {
      const start = place * tokens + text * ofText;
      out.fill(0, start, start + ofText);
    }
  }
  return out;
}
