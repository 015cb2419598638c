import Module from 'node:module';
import { inspect } from 'node:util';
import type { Executor } from 'tslab/dist/executor';
import type { CellError, CompletionItem, KernelContract } from '../shared/kernelProtocol.js';
import { CellConverter } from './typescript/cellConverter.js';
import { CellVariables } from './typescript/cellVariables.js';
import { loadTslab } from './typescript/compilerFacade.js';
import type { Tslab } from './typescript/compilerFacade.js';
import { declaredNames } from './typescript/declarations.js';
import type { DeclaredName } from './typescript/declarations.js';
import { StackTraces, codeOf } from './typescript/stackTraces.js';

/** Where tslab's executor puts what the code of cells is called with. */
const globals = globalThis as unknown as { __tslab__: { exports: object; require: NodeJS.Require } };

/** How a cell ended, before anything was shown. */
export type CellOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CellError; readonly thrown: unknown };

/** One TypeScript session: compiles cells, runs them in this process and remembers what they declared. */
export class Session {
  private readonly tslab: Tslab;
  private readonly converter: CellConverter;
  private executor: Executor;
  /** What all cells of this session declared and not yet deleted, by name; it outlives a move to another folder. */
  private readonly variablesOfCells = new CellVariables();
  private value: unknown;
  private thrown: { error: unknown } | undefined;

  /**
   * @param folder where packages and relative imports are resolved from; must be the working folder already.
   * @param library the library's bundle and its `index.d.ts`.
   */
  constructor(folder: string, library: { readonly library: string; readonly types: string }) {
    const traces = new StackTraces(library.library);
    this.tslab = loadTslab(library.types);
    this.converter = new CellConverter(this.tslab, traces);
    this.executor = this.executorIn(folder);
    traces.install();
    // The first compilation reads the library files of TypeScript; better now than in the person's first cell.
    this.converter.convert('', '0');
  }

  /**
   * Resolves packages and relative imports from another folder from now on, which is the working folder already.
   * Variables, functions and types stay. To be called between two cells.
   */
  moveTo(folder: string): void {
    this.converter.reopen();
    this.executor = this.executorIn(folder);
    this.converter.convert('', '0');
  }

  /** tslab's own display functions write through this. */
  get jupyter(): Tslab['jupyter'] {
    return this.tslab.jupyter;
  }

  /** Runs one cell. @param label how stacks name it, `Cell 3`. */
  async run(code: string, label: string): Promise<CellOutcome> {
    this.value = undefined;
    this.thrown = undefined;
    this.converter.diagnostics = [];
    this.converter.label = label;
    globals.__tslab__.exports = this.variablesOfCells.forCell();
    const ok = await this.executor.execute(code).catch((error: unknown) => {
      this.thrown = { error }; // the compiler itself failed
      return false;
    });
    const { diagnostics } = this.converter;
    this.converter.settle(ok, (name) => this.variablesOfCells.values[name] !== undefined);
    if (ok) this.takeLastValue();
    const { value, thrown } = this.take();
    if (diagnostics.length > 0) return { ok: false, thrown: undefined, error: refusal(diagnostics, label) };
    if (ok && !thrown) return { ok: true, value };
    return { ok: false, thrown: thrown?.error, error: describeThrown(thrown?.error, label) };
  }

  /** The executor looks for a cell's last value among variables of its own; it is here. */
  private takeLastValue(): void {
    const name = this.converter.lastExpressionVar;
    const { values } = this.variablesOfCells;
    if (name === undefined || values[name] == null) return;
    this.value = values[name];
    delete values[name];
  }

  private executorIn(folder: string): Executor {
    const converters = { node: this.converter, browser: this.converter, close: () => this.converter.close() };
    return this.tslab.createExecutor(folder, converters, {
      log: (value) => (this.value = value),
      error: (first) => {
        // Complaints of the compiler come here too, as a format; the converter has kept them in full.
        if (this.converter.diagnostics.length === 0) this.thrown = { error: first };
      },
    });
  }

  /** What the executor reported of the latest cell; the session keeps no reference to it. */
  private take(): { value: unknown; thrown: { error: unknown } | undefined } {
    const { value, thrown } = this;
    this.value = undefined;
    this.thrown = undefined;
    return { value, thrown };
  }

  /** Frees a cell that waits for something; what it waits for goes on unless it heeds the cell's signal. */
  interrupt(): void {
    this.executor.interrupt();
  }

  /** What could stand at `offset`. */
  complete({ code, offset }: KernelContract['requests']['complete']['params']): KernelContract['requests']['complete']['result'] {
    const found = this.executor.complete(code, offset);
    const known = new Map(found.original?.entries.map((entry) => [entry.name, entry]));
    const items = found.candidates.map((name, index): CompletionItem => ({ name, kind: known.get(name)?.kind ?? '', sortText: String(index).padStart(5, '0') }));
    return { start: found.start, end: found.end, items };
  }

  /** What is known of the thing at `offset`. */
  inspect({ code, offset }: KernelContract['requests']['inspect']['params']): KernelContract['requests']['inspect']['result'] {
    const info = this.executor.inspect(code, offset);
    if (!info) return null;
    const text = (parts: readonly { text: string }[] | undefined): string => (parts ?? []).map((part) => part.text).join('');
    const tags = (info.tags ?? []).map(({ name, text: about }) => `*@${name}* ${text(about)}`);
    return { ...info.textSpan, signature: text(info.displayParts), documentation: [text(info.documentation), ...tags].filter(Boolean).join('\n\n') };
  }

  /** The session's variables with their values, oldest first. */
  variables(): { name: string; value: unknown }[] {
    const wanted: readonly DeclaredName['kind'][] = ['variable', 'function', 'class', 'enum'];
    const names = declaredNames(this.tslab.typescript, this.converter.declarations).filter(({ kind }) => wanted.includes(kind)).map(({ name }) => name);
    const { values } = this.variablesOfCells;
    const order = Object.keys(values);
    return [...new Set(names)].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map((name) => ({ name, value: values[name] }));
  }
}

/** Makes `require(name)` give one file wherever it is asked for: cells get the library that this process has loaded. */
export function resolveAlways(name: string, file: string): void {
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => (request === name ? file : resolve.call(loader, request, ...rest));
}

function refusal(diagnostics: NonNullable<CellError['diagnostics']>, label: string): CellError {
  const lines = diagnostics.map(({ start, code, message }) => `${label}:${start.line}:${start.column} - error TS${code}: ${message}`);
  const first = diagnostics[0]!;
  return { name: 'TypeScriptError', message: `${first.message.split('\n')[0]} (line ${first.start.line}, column ${first.start.column})`, stack: lines.join('\n'), at: first.start, diagnostics };
}

/** Describes anything that a cell threw. */
export function describeThrown(thrown: unknown, label: string): CellError {
  const stack = safely(() => (typeof thrown === 'string' ? thrown : stackOf(thrown)));
  if (!(thrown instanceof Error)) return { name: 'Thrown', message: stack.slice(0, 2000), stack: `Thrown: ${stack}`.slice(0, 20_000) };
  const found = new RegExp(`${label}:(\\d+):(\\d+)`).exec(safely(() => String(thrown.stack)));
  const at = found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
  return { name: safely(() => String(thrown.name)), message: safely(() => String(thrown.message)).slice(0, 5000), stack: stack.slice(0, 20_000), at };
}

/** The stack, with what else an error carries; of one that the library raises on purpose its message and code say it all. */
function stackOf(thrown: unknown): string {
  const code = codeOf(thrown);
  if (code !== undefined) {
    const { name, message, stack } = thrown as Error;
    const frames = String(stack).split('\n').filter((line) => /^ +at /.test(line));
    return [`${name} [${code}]: ${message}`, ...frames].join('\n');
  }
  const text = inspect(thrown, { depth: 4 });
  if (!(thrown instanceof Error)) return text;
  // Node puts the line of compiled code before the stack of what a script throws; the person wrote another line.
  const begin = text.indexOf(`\n${thrown.name}: ${thrown.message.split('\n')[0]}`);
  return begin < 0 ? text : text.slice(begin + 1);
}

/** A thrown value may be anything, with getters that throw in their turn. */
function safely(read: () => string): string {
  try {
    return read();
  } catch {
    return '(an error that cannot be read)';
  }
}
