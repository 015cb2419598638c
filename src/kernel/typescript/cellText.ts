import type * as ts from '@tslab/typescript-for-tslab';
import type { TypeScript } from './compilerFacade.js';
import type { Place } from './sourceMap.js';

/** tslab takes `await (x)`, `for await` and their like for calls and errors, unless a plain `await` comes first. */
const AWAIT_FIRST = 'await null; ';

interface Insertion {
  /** Where in the person's text. */
  readonly offset: number;
  readonly text: string;
}

/**
 * A cell as tslab gets it: the person's text with a few words put in, and the way back to the person's places.
 *
 * Nothing that is put in has a line break, so lines stay as they are.
 */
export class CellText {
  /** What is compiled. */
  readonly text: string;
  private readonly insertions: readonly Insertion[];

  constructor(typescript: TypeScript, private readonly code: string) {
    const awaits = /\bawait\b/.test(code) ? [{ offset: 0, text: AWAIT_FIRST }] : [];
    this.insertions = [...awaits, ...spelledOut(typescript, code)];
    let at = 0;
    const parts: string[] = [];
    for (const { offset, text } of this.insertions) {
      parts.push(code.slice(at, offset), text);
      at = offset;
    }
    this.text = [...parts, code.slice(at)].join('');
  }

  /** The place in the person's text of a place in the compiled text; lines and columns count from 0. */
  toCode({ line, column }: Place): Place {
    const lineStart = nthLineStart(this.text, line);
    const offset = this.offsetInCode(lineStart + column);
    return { line, column: Math.max(0, offset - nthLineStart(this.code, line)) };
  }

  /** The offset in the person's text of an offset in the compiled text. */
  offsetInCode(offset: number): number {
    let added = 0;
    for (const insertion of this.insertions) {
      const start = insertion.offset + added;
      if (offset < start) break;
      if (offset < start + insertion.text.length) return insertion.offset;
      added += insertion.text.length;
    }
    return offset - added;
  }

  /** The offset in the compiled text of an offset in the person's text. */
  offsetInText(offset: number): number {
    // Right behind a shorthand's name what stands there is the name, not what was put in after it.
    return this.insertions.reduce((sum, insertion) => (insertion.offset < offset || insertion.text === AWAIT_FIRST ? sum + insertion.text.length : sum), offset);
  }
}

/**
 * `{ name }` becomes `{ name: name }`: tslab finds variables of earlier cells by their identifiers and does not see
 * that a shorthand property is one, so that the cell would fail with "name is not defined".
 */
function spelledOut({ createSourceFile, forEachChild, isShorthandPropertyAssignment, ScriptTarget }: TypeScript, code: string): Insertion[] {
  if (!code.includes('{')) return [];
  const found: Insertion[] = [];
  const look = (node: ts.Node): void => {
    if (isShorthandPropertyAssignment(node) && node.name.text) found.push({ offset: node.name.end, text: `: ${node.name.text}` });
    forEachChild(node, look);
  };
  look(createSourceFile('cell.ts', code, ScriptTarget.Latest));
  return found.sort((a, b) => a.offset - b.offset);
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
