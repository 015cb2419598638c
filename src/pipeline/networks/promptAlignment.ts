import { ArgumentError } from '../core/index.js';
import { parsePromptWeights } from './promptWeights.js';
import type { PromptTokenizer, PromptWord } from './tokenizer.js';

/** Which tokens of a source prompt stand for those of an edited one. */
export interface TokenAlignment {
  /** How much each token takes of the attention to each of the source's tokens, `[source tokens, tokens]`. */
  readonly mapped: Float32Array;
  /** How much of its attention each token takes from the source at all, 0 or 1; the rest is its own. */
  readonly shared: Float32Array;
}

/** How words of two prompts are brought together: by their number, or by the longest text that both have. */
export type AlignmentKind = 'replace' | 'refine';

/** Whether two prompts have as many words as each other, so that each can take the place of one. */
export function isReplacement(tokenizer: PromptTokenizer, source: string, prompt: string): boolean {
  return tokenizer.wordsOf(source).length === tokenizer.wordsOf(prompt).length;
}

/**
 * Prompt-to-Prompt's word swap (Hertz et al. 2022): word for word, the attention of each stays where the source's word of that number had it. Where words have
 * unequal numbers of tokens, each token takes an equal share of all.
 *
 * What follows such a word moves with it, which the authors' code leaves where it was.
 * @throws {ArgumentError} for prompts of unequal numbers of words.
 */
export function replacedTokens(tokenizer: PromptTokenizer, source: string, prompt: string): TokenAlignment {
  const { length } = tokenizer;
  const [from, to] = [source, prompt].map((text) => tokenizer.wordsOf(text)) as [PromptWord[], PromptWord[]];
  if (from.length !== to.length)
    throw new ArgumentError(
      'alignment',
      'replace',
      `"refine" for prompts of unequal numbers of words: the source's has ${from.length}, the edited one ${to.length}`,
    );
  const changed = from
    .map((word, i) => ({ from: word.tokens, to: to[i]!.tokens, same: word.text.toLowerCase() === to[i]!.text.toLowerCase() }))
    .filter(({ same, from: before, to: after }) => !same && before.length > 0 && after.length > 0);
  const mapped = new Float32Array(length * length);
  let word = 0;
  for (let i = 0, j = 0; j < length;) {
    const next = changed[word];
    if (next?.to[0] === j) {
      const even = next.from.length === next.to.length;
      for (const [a, s] of next.from.entries())
        for (const [b, t] of next.to.entries()) mapped[s * length + t] = even ? (a === b ? 1 : 0) : 1 / next.to.length;
      i = next.from.at(-1)! + 1;
      j += next.to.length;
      word++;
    } else mapped[Math.min(i++, length - 1) * length + j++] = 1;
  }
  return { mapped, shared: new Float32Array(length).fill(1) };
}

/**
 * Prompt-to-Prompt's refinement (Hertz et al. 2022): tokens that both prompts have in the same order keep the source's attention, those that came in have their own.
 *
 * By the alignment of Needleman & Wunsch 1970 as the authors score it: 1 for equal tokens, −1 for unequal ones, nothing for a gap.
 */
export function refinedTokens(tokenizer: PromptTokenizer, source: string, prompt: string): TokenAlignment {
  const { length } = tokenizer;
  const [from, to] = [source, prompt].map((text) => {
    const encoded = tokenizer.encode(parsePromptWeights(text));
    return encoded.ids.slice(0, encoded.length);
  }) as [number[], number[]];
  const partners = aligned(from, to);
  const mapped = new Float32Array(length * length);
  const shared = new Float32Array(length).fill(1);
  for (let token = 0; token < length; token++) {
    const partner = token < to.length ? partners[token] : token;
    if (partner === undefined) shared[token] = 0;
    else mapped[partner * length + token] = 1;
  }
  return { mapped, shared };
}

/** The place in `from` that each of `to` stands for; undefined for those that came in. */
function aligned(from: readonly number[], to: readonly number[]): (number | undefined)[] {
  const columns = to.length + 1;
  const score = new Int32Array((from.length + 1) * columns);
  for (let i = 1; i <= from.length; i++)
    for (let j = 1; j <= to.length; j++) {
      const pair = score[(i - 1) * columns + j - 1]! + (from[i - 1] === to[j - 1] ? 1 : -1);
      score[i * columns + j] = Math.max(score[i * columns + j - 1]!, score[(i - 1) * columns + j]!, pair);
    }
  const partners: (number | undefined)[] = to.map(() => undefined);
  for (let i = from.length, j = to.length; i > 0 && j > 0;) {
    const here = score[i * columns + j]!;
    if (here === score[i * columns + j - 1]) j--;
    else if (here === score[(i - 1) * columns + j]) i--;
    else partners[--j] = --i;
  }
  return partners;
}
