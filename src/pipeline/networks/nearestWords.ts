import { editDistance } from '../core/index.js';

/**
 * The words of a vocabulary that `word` may be a misspelling of, best first; none for words in other scripts, or when none is near.
 *
 * Near is one letter off, or about a third of the letters after the same first one.
 *
 * @param count how many at most.
 */
export function nearestWords(word: string, vocabulary: readonly string[], count: number): string[] {
  const lower = word.toLowerCase();
  if (!/[a-z]/.test(lower)) return [];
  return vocabulary
    .filter((known) => /^[a-z]{2,}$/.test(known))
    .map((known) => ({ known, distance: editDistance(lower, known) }))
    .filter(({ known, distance }) => distance <= (known[0] === lower[0] ? Math.max(1, Math.ceil(lower.length / 3)) : 1))
    .sort((a, b) => a.distance - b.distance || a.known.localeCompare(b.known))
    .slice(0, count)
    .map(({ known }) => known);
}
