import { captureErrors } from './errors.js';
import type { PromptWord } from '../networks/index.js';

/**
 * The tokens of a word of the prompt, of all its occurrences; or of several words that follow one another.
 *
 * @param wanted as typed; upper and lower case are the same.
 * @throws {FrameloomError} `FL_CAPTURE_WORD` listing the words there are.
 */
export function findWord(words: readonly PromptWord[], wanted: string): number[] {
  const { parts, places } = occurrences(words, wanted);
  if (places.length === 0) throw captureErrors.noWord(wanted, [...new Set(words.map(({ text }) => text))]);
  const tokens = places.flatMap((at) => words.slice(at, at + parts.length).flatMap((word) => word.tokens));
  if (tokens.length === 0) throw captureErrors.wordCutOff(wanted);
  return [...new Set(tokens)].sort((a, b) => a - b);
}

/** Whether a text has a word, or several that follow one another; upper and lower case are the same. */
export function hasWord(words: readonly PromptWord[], wanted: string): boolean {
  return occurrences(words, wanted).places.length > 0;
}

function occurrences(words: readonly PromptWord[], wanted: string): { parts: readonly string[]; places: readonly number[] } {
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return {
    parts,
    places: words.flatMap((_, at) =>
      parts.length > 0 && parts.every((part, i) => words[at + i]?.text.toLowerCase() === part) ? [at] : [],
    ),
  };
}
