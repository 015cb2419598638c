import type { ConvertResult, Converter, DiagnosticPos } from 'tslab/dist/converter';
import type { Diagnostic } from '../../shared/kernelProtocol.js';
import type { Tslab } from './compilerFacade.js';
import { withoutUnset } from './declarations.js';
import type { Place } from './sourceMap.js';
import { withoutMapComments } from './sourceMap.js';
import type { StackTraces } from './stackTraces.js';

/** tslab takes `await (x)`, `for await` and their like for calls and errors, unless a plain `await` comes first. */
const AWAIT_FIRST = 'await null; ';
/** tslab puts `export {};` and a line break before every cell. */
const LINES_BEFORE = 1;

/**
 * tslab's converter as its executor sees it, with what tslab lacks: all forms of top-level await, source maps, and
 * declarations that survive a cell which failed half-way.
 */
export class CellConverter implements Converter {
  /** What the compiler said against the latest cell. */
  diagnostics: Diagnostic[] = [];
  /** What earlier cells declared, as `.d.ts` text. */
  declarations = '';
  /** How stacks name the cell that is converted next. */
  label = 'Cell';
  private converted: ConvertResult | undefined;
  private readonly inner: Converter;

  constructor(private readonly tslab: Tslab, private readonly traces: StackTraces) {
    this.inner = tslab.createConverter();
  }

  /** Compiles a cell. tslab's executor hands over the declarations that it remembers; ours count instead. */
  convert(_remembered: string, code: string): ConvertResult {
    const before = prefixOf(code);
    const lines = code.split('\n');
    const converted = this.inner.convert(this.declarations, before + code);
    this.diagnostics = converted.diagnostics.map(({ start, end, messageText, code: number, fileName }) => ({
      start: place(start, before.length, lines),
      end: place(end, before.length, lines),
      message: fileName ? `${fileName}: ${messageText}` : messageText,
      code: number,
    }));
    const emit = this.tslab.takeEmit();
    this.converted = converted;
    if (!converted.output || !emit) return converted;
    const toCell = ({ line, column }: Place): Place => ({ line: Math.max(0, line - LINES_BEFORE), column: line === LINES_BEFORE ? Math.max(0, column - before.length) : column });
    const javascript = withoutMapComments(converted.output);
    return { ...converted, output: `${javascript}\n${this.traces.remember(this.label, emit, javascript, toCell)}` };
  }

  /** Settles what the latest cell declared: all of it, or, when it failed, what has a value. */
  settle(succeeded: boolean, isSet: (name: string) => boolean): void {
    const { converted } = this;
    this.converted = undefined;
    if (!converted || converted.diagnostics.length > 0 || converted.declOutput === undefined) return;
    this.declarations = succeeded ? converted.declOutput : withoutUnset(this.tslab.typescript, converted.declOutput, isSet);
  }

  inspect(_remembered: string, code: string, offset: number): ReturnType<Converter['inspect']> {
    const before = prefixOf(code).length;
    const info = this.inner.inspect(this.declarations, prefixOf(code) + code, offset + before);
    return info && { ...info, textSpan: { ...info.textSpan, start: Math.max(0, info.textSpan.start - before) } };
  }

  complete(_remembered: string, code: string, offset: number): ReturnType<Converter['complete']> {
    const before = prefixOf(code).length;
    const found = this.inner.complete(this.declarations, prefixOf(code) + code, offset + before);
    return { ...found, start: Math.max(0, found.start - before), end: Math.max(0, found.end - before) };
  }

  addModule(...given: Parameters<Converter['addModule']>): ReturnType<Converter['addModule']> {
    const diagnostics = this.inner.addModule(...given);
    const lines = given[1].split('\n');
    this.diagnostics = diagnostics.map(({ start, end, messageText, code }) => ({ start: place(start, 0, lines), end: place(end, 0, lines), message: messageText, code }));
    return diagnostics;
  }

  close(): void {
    this.inner.close();
  }
}

function prefixOf(code: string): string {
  return /\bawait\b/.test(code) ? AWAIT_FIRST : '';
}

/** A place that the compiler names, as a person counts; what lies in text that we added is moved into the cell. */
function place({ line, character }: DiagnosticPos, before: number, lines: readonly string[]): { line: number; column: number } {
  const column = line === 0 ? Math.max(0, character - before) : character;
  if (line < lines.length) return { line: Math.max(0, line) + 1, column: column + 1 };
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
