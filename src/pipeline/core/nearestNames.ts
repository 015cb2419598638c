/**
 * The names that someone probably meant, best first; none when nothing is like what they typed.
 *
 * Case and separators do not count, so that `guidance_scale` is `guidanceScale`; then names that hold what was typed, or are held by
 * it (`steps` for `numInferenceSteps`); then those that differ in few letters.
 */
export function nearestNames(typed: string, names: readonly string[], count = 2): string[] {
  const wanted = plain(typed);
  if (wanted === '') return [];
  return names
    .map((name) => ({ name, distance: distanceOf(wanted, plain(name)) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => a.distance! - b.distance! || a.name.localeCompare(b.name))
    .slice(0, count)
    .map(({ name }) => name);
}

/** `Did you mean "a" or "b"?`, or, when nothing is near, what there is. @param kind "Options", "Commands". */
export function suggestion(typed: string, names: readonly string[], kind: string): string {
  const near = nearestNames(typed, names);
  return near.length > 0 ? `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?` : `${kind}: ${names.join(', ') || 'none'}.`;
}

/** Levenshtein's distance: insertions, deletions and replacements that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
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

function distanceOf(wanted: string, name: string): number | undefined {
  const letters = editDistance(wanted, name);
  const length = Math.max(wanted.length, name.length);
  if (letters <= (length < 4 ? 1 : Math.max(2, Math.floor(length / 3)))) return letters;
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  return short.length >= 3 && long.includes(short) ? 100 + letters : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
