import { captureErrors } from './errors.js';
import { type PromptWord, wordPlaces } from '../networks/index.js';

/**
 * The tokens of a word of the prompt, of all its occurrences; or of several words that follow one another.
 *
 * @param wanted as typed; upper and lower case are the same.
 * @throws {FrameloomError} `FL_CAPTURE_WORD` listing the words there are.
 */
export function findWord(words: readonly PromptWord[], wanted: string): number[] {
  const { places, tokens } = wordPlaces(words, wanted);
  if (places.length === 0) throw captureErrors.noWord(wanted, [...new Set(words.map(({ text }) => text))]);
  if (tokens.length === 0) throw captureErrors.wordCutOff(wanted);
  return [...tokens];
}

/** Whether a text has a word, or several that follow one another; upper and lower case are the same. */
export function hasWord(words: readonly PromptWord[], wanted: string): boolean {
  return wordPlaces(words, wanted).places.length > 0;
}
