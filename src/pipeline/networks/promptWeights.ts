/** What one pair of round brackets multiplies by; square brackets divide by it. */
const BRACKET = 1.1;

/** A stretch of a prompt with one weight. */
export interface WeightedText {
  /** Text without any weight marks. */
  text: string;
  /** How strongly it counts; 1 is normal. */
  weight: number;
}

/**
 * Reads A1111's prompt weighting: `(a)` counts 1.1 times, `[a]` as much less, `(a:1.3)` 1.3 times;
 * brackets nest and multiply; `\(` is a bracket and no mark. Marks that are not closed count to the end.
 */
export function parsePromptWeights(prompt: string): WeightedText[] {
  return locatePromptParts(prompt).map(({ text, weight }) => ({ text, weight }));
}

/** A stretch of a prompt with one weight, and where each of its characters was typed. */
export interface LocatedText extends WeightedText {
  /** Index in the prompt of every character of `text`. */
  places: readonly number[];
}

/** As {@link parsePromptWeights}, with the places of the characters. */
export function locatePromptParts(prompt: string): LocatedText[] {
  const parts: { text: string; weight: number; places: number[] }[] = [];
  const open: { bracket: '(' | '['; from: number }[] = [];
  const scale = (from: number, factor: number) => parts.slice(from).forEach((part) => (part.weight *= factor));
  const pattern = /\\([\\()[\]])|(\()|(\[)|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|(\))|(\])|([^\\()[\]:]+|[\\:])/g;
  for (const match of prompt.matchAll(pattern)) {
    const [mark, escaped, round, square, weight, roundEnd, squareEnd] = match;
    const innermost = open.at(-1)?.bracket;
    if (round) open.push({ bracket: '(', from: parts.length });
    else if (square) open.push({ bracket: '[', from: parts.length });
    else if ((weight !== undefined || roundEnd) && innermost === '(')
      scale(open.pop()!.from, weight === undefined ? BRACKET : Number(weight));
    else if (squareEnd && innermost === '[') scale(open.pop()!.from, 1 / BRACKET);
    else
      parts.push({
        text: escaped ?? mark,
        weight: 1,
        places: escaped ? [match.index + 1] : Array.from({ length: mark.length }, (_, i) => match.index + i),
      });
  }
  for (const { bracket, from } of open) scale(from, bracket === '(' ? BRACKET : 1 / BRACKET);
  return mergeNeighbours(parts);
}

/** Joins stretches of equal weight, so that words are not torn where a mark stood in the text. */
function mergeNeighbours(parts: readonly LocatedText[]): LocatedText[] {
  const merged: { text: string; weight: number; places: number[] }[] = [];
  for (const { text, weight, places } of parts) {
    const last = merged.at(-1);
    if (last && last.weight === weight) {
      last.text += text;
      for (const place of places) last.places.push(place);
    } else merged.push({ text, weight, places: [...places] });
  }
  return merged.length > 0 ? merged : [{ text: '', weight: 1, places: [] }];
}
