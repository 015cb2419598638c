import type { Place } from './sourceMap.js';

/** Words to put into a text; they have no line break. */
export interface Insertion {
  /** Where in the text. */
  readonly offset: number;
  readonly text: string;
}

/** A text with a few words put in, and the way back to its own places. As nothing put in has a line break, lines stay. */
export class InsertedText {
  /** The text with what was put in. */
  readonly text: string;

  /** @param insertions in the order of their places. */
  constructor(
    private readonly original: string,
    private readonly insertions: readonly Insertion[],
  ) {
    let at = 0;
    const parts: string[] = [];
    for (const { offset, text } of insertions) {
      parts.push(original.slice(at, offset), text);
      at = offset;
    }
    this.text = [...parts, original.slice(at)].join('');
  }

  /** The place in the original text of a place in {@link text}; lines and columns count from 0. */
  toOriginal({ line, column }: Place): Place {
    const offset = this.originalOffset(nthLineStart(this.text, line) + column);
    return { line, column: Math.max(0, offset - nthLineStart(this.original, line)) };
  }

  private originalOffset(offset: number): number {
    let added = 0;
    for (const insertion of this.insertions) {
      const start = insertion.offset + added;
      if (offset < start) break;
      if (offset < start + insertion.text.length) return insertion.offset;
      added += insertion.text.length;
    }
    return offset - added;
  }
}

function nthLineStart(text: string, line: number): number {
  let start = 0;
  for (let i = 0; i < line; i++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  return start;
}
