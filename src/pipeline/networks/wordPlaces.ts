import type { PromptWord } from './tokenizer.js';

/** Where a text has some words that follow one another. */
export interface WordPlaces {
  /** Those that were wanted, in small letters. */
  readonly parts: readonly string[];
  /** Index of the first of them, for each time that they are there. */
  readonly places: readonly number[];
  /** Positions of their tokens, in order. */
  readonly tokens: readonly number[];
}

/** Finds a word, or several that follow one another, in a text. @param words the text's. @param wanted as typed; upper and lower case are the same. */
export function wordPlaces(words: readonly PromptWord[], wanted: string): WordPlaces {
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const places = words.flatMap((_, at) =>
    parts.length > 0 && parts.every((part, i) => words[at + i]?.text.toLowerCase() === part) ? [at] : [],
  );
  const tokens = places.flatMap((at) => words.slice(at, at + parts.length).flatMap((word) => word.tokens));
  return { parts, places, tokens: [...new Set(tokens)].sort((a, b) => a - b) };
}
