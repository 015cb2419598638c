import { captureErrors } from './errors.js';
import type { PromptWord } from '../networks/index.js';

/**
 * The tokens of a word of the prompt, of all its occurrences; or of several words that follow one another.
 *
 * @param wanted as typed; upper and lower case are the same.
 * @throws {FrameloomError} `FL_CAPTURE_WORD` listing the words there are.
 */
export function findWord(words: readonly PromptWord[], wanted: string): number[] {
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const places = words.flatMap((_, at) => (parts.length > 0 && parts.every((part, i) => words[at + i]?.text.toLowerCase() === part) ? [at] : []));
  if (places.length === 0) throw captureErrors.noWord(wanted, [...new Set(words.map(({ text }) => text))]);
  const tokens = places.flatMap((at) => words.slice(at, at + parts.length).flatMap((word) => word.tokens));
  if (tokens.length === 0) throw captureErrors.wordCutOff(wanted);
  return [...new Set(tokens)].sort((a, b) => a - b);
}
