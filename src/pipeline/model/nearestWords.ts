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

/** Levenshtein's distance: insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The one of `names` that `name` may be a misspelling of; undefined where none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const [best] = names.map((known) => ({ known, distance: editDistance(lower, known.toLowerCase()) })).sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(2, Math.ceil(best.known.length / 3)) ? best.known : undefined;
}
