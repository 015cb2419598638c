import type { ConvertResult, Converter, DiagnosticPos } from 'tslab/dist/converter';
import type { Diagnostic } from '../../shared/kernelProtocol.js';
import { CellText } from './cellText.js';
import type { Tslab } from './compilerFacade.js';
import { withoutUnset } from './declarations.js';
import type { Place } from './sourceMap.js';
import { withoutMapComments } from './sourceMap.js';
import type { StackTraces } from './stackTraces.js';

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
  /** The variable in which the latest cell leaves its last value, if it has one. */
  lastExpressionVar: string | undefined;
  private converted: ConvertResult | undefined;
  private inner: Converter;

  constructor(private readonly tslab: Tslab, private readonly traces: StackTraces) {
    this.inner = tslab.createConverter();
  }

  /** Compiles a cell. tslab's executor hands over the declarations that it remembers; ours count instead. */
  convert(_remembered: string, code: string): ConvertResult {
    const cell = new CellText(this.tslab.typescript, code);
    const lines = code.split('\n');
    const converted = this.inner.convert(this.declarations, cell.text);
    this.diagnostics = joinedChains(converted.diagnostics.map(({ start, end, messageText, code: number, fileName }) => ({
      start: place(start, lines, cell),
      end: place(end, lines, cell),
      message: fileName ? `${fileName}: ${messageText}` : messageText,
      code: number,
    })));
    const emit = this.tslab.takeEmit();
    this.converted = converted;
    this.lastExpressionVar = converted.lastExpressionVar;
    if (!converted.output || !emit) return converted;
    const toCell = ({ line, column }: Place): Place => cell.toCode({ line: Math.max(0, line - LINES_BEFORE), column });
    const javascript = withoutMapComments(converted.output);
    return { ...converted, output: `${javascript}\n${this.traces.remember(this.label, emit, javascript, toCell)}` };
  }

  /** Goes on in the working folder of now: imports are resolved from there. What cells declared stays. */
  reopen(): void {
    this.inner.close();
    this.inner = this.tslab.createConverter();
  }

  /** Settles what the latest cell declared: all of it, or, when it failed, what has a value. */
  settle(succeeded: boolean, isSet: (name: string) => boolean): void {
    const { converted } = this;
    this.converted = undefined;
    if (!converted || converted.diagnostics.length > 0 || converted.declOutput === undefined) return;
    this.declarations = succeeded ? converted.declOutput : withoutUnset(this.tslab.typescript, converted.declOutput, isSet);
  }

  inspect(_remembered: string, code: string, offset: number): ReturnType<Converter['inspect']> {
    const cell = new CellText(this.tslab.typescript, code);
    const info = this.inner.inspect(this.declarations, cell.text, cell.offsetInText(offset));
    return info && { ...info, textSpan: { ...info.textSpan, start: cell.offsetInCode(info.textSpan.start) } };
  }

  complete(_remembered: string, code: string, offset: number): ReturnType<Converter['complete']> {
    const cell = new CellText(this.tslab.typescript, code);
    const found = this.inner.complete(this.declarations, cell.text, cell.offsetInText(offset));
    return { ...found, start: cell.offsetInCode(found.start), end: cell.offsetInCode(found.end) };
  }

  addModule(...given: Parameters<Converter['addModule']>): ReturnType<Converter['addModule']> {
    const diagnostics = this.inner.addModule(...given);
    const lines = given[1].split('\n');
    this.diagnostics = joinedChains(diagnostics.map(({ start, end, messageText, code }) => ({ start: place(start, lines), end: place(end, lines), message: messageText, code })));
    return diagnostics;
  }

  close(): void {
    this.inner.close();
  }
}

/** "Object literal may only specify known properties", without and with a guess at what was meant. */
const unknownProperty = [2353, 2561];

/**
 * The compiler explains a complaint by others (a type does not fit because a property does not); tslab hands them out one by
 * one, as if each were a complaint of its own. An unknown property needs no more words than that.
 */
function joinedChains(flat: readonly Diagnostic[]): Diagnostic[] {
  const joined: Diagnostic[] = [];
  for (const diagnostic of flat) {
    const before = joined.at(-1);
    if (!before || !isSamePlace(before, diagnostic)) joined.push(diagnostic);
    else if (unknownProperty.includes(diagnostic.code)) joined[joined.length - 1] = diagnostic;
    else if (!before.message.includes(diagnostic.message)) joined[joined.length - 1] = { ...before, message: `${before.message}\n  ${diagnostic.message}` };
  }
  return joined;
}

function isSamePlace(one: Diagnostic, other: Diagnostic): boolean {
  return (['start', 'end'] as const).every((edge) => one[edge].line === other[edge].line && one[edge].column === other[edge].column);
}

/** A place that the compiler names, as a person counts; what lies in text that tslab added is moved into the cell. */
function place({ line, character }: DiagnosticPos, lines: readonly string[], cell?: CellText): { line: number; column: number } {
  if (line >= lines.length) return { line: lines.length, column: lines.at(-1)!.length + 1 };
  const found = { line: Math.max(0, line), column: Math.max(0, character) };
  const { column } = cell ? cell.toCode(found) : found;
  return { line: found.line + 1, column: column + 1 };
}
