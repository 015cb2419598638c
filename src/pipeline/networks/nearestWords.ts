import { editDistance } from '../core/index.js';

/**
 * The words of a vocabulary that are spelt most like `word`, best first.
 *
 * @param count how many at most.
 */
export function nearestWords(word: string, vocabulary: readonly string[], count: number): string[] {
  const lower = word.toLowerCase();
  return vocabulary
    .filter((known) => /^[a-z]{2,}$/.test(known))
    .map((known) => ({ known, distance: editDistance(lower, known) }))
    .sort((a, b) => a.distance - b.distance || a.known.localeCompare(b.known))
    .slice(0, count)
    .map(({ known }) => known);
}
