const digits = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((letter, value) => [letter, value]));

/** A place in a text; line and column count from 0. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

interface Segment {
  readonly column: number;
  readonly source: Place;
}

/**
 * A source map (revision 3) with a single source, read for looking things up. Every cell that ran keeps its maps as long as the
 * session lasts and hardly any is ever asked, so a map stays text until it is.
 */
export class SourceMap {
  private readonly mappings: string;
  private decoded: readonly (readonly Segment[])[] | undefined;

  /** @param json the map's text; a text that is no map gives a map that knows nothing. */
  constructor(json: string) {
    this.mappings = mappingsOf(json);
  }

  /** The source's place for a place in the generated text: of the last mapping at or before it, on its line if it has any. */
  lookUp({ line, column }: Place): Place | undefined {
    const lines = (this.decoded ??= decode(this.mappings));
    const segments = lines[line] ?? [];
    const before = segments.findLast((segment) => segment.column <= column) ?? segments[0];
    if (before) return before.source;
    for (let above = Math.min(line, lines.length) - 1; above >= 0; above--) {
      const last = lines[above]?.at(-1);
      if (last) return last.source;
    }
    return undefined;
  }
}

/** The map inside a `//# sourceMappingURL=data:…` comment of a JavaScript text; the empty string without one. */
export function inlineMap(javascript: string): string {
  const match = /\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)/.exec(javascript);
  return match ? Buffer.from(match[1]!, 'base64').toString('utf8') : '';
}

/** A JavaScript text without its `sourceMappingURL` comments. */
export function withoutMapComments(javascript: string): string {
  return javascript.replace(/^\/\/# sourceMappingURL=.*$/gm, '');
}

function mappingsOf(json: string): string {
  try {
    const { mappings } = JSON.parse(json) as { mappings?: unknown };
    return typeof mappings === 'string' ? mappings : '';
  } catch {
    return '';
  }
}

function decode(mappings: string): Segment[][] {
  let line = 0;
  let sourceColumn = 0;
  return mappings.split(';').map((text) => {
    let column = 0;
    const segments: Segment[] = [];
    for (const part of text.split(',')) {
      const numbers = decodeNumbers(part);
      if (numbers.length < 4) {
        column += numbers[0] ?? 0;
        continue;
      }
      column += numbers[0]!;
      line += numbers[2]!;
      sourceColumn += numbers[3]!;
      segments.push({ column, source: { line, column: sourceColumn } });
    }
    return segments;
  });
}

/** Base 64 VLQ: five bits a digit, the sixth says that more follow, the lowest bit of the whole is the sign. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const letter of text) {
    const digit = digits.get(letter) ?? 0;
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
