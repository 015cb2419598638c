import Module from 'node:module';
import path from 'node:path';
import type { CellError, Diagnostic, KernelContract } from '../shared/kernelProtocol.js';
import { CELL_STEM } from '../shared/cells/cellModule.js';
import { Apart } from './running/apart.js';
import { ModuleLoader } from './running/moduleLoader.js';
import { functionOf } from './running/script.js';
import { loadTslab } from './running/tslabDoor.js';
import type { JupyterSink } from './running/tslabDoor.js';
import { describeThrown } from './thrown.js';
import { CellCompiler } from './typescript/cellCompiler.js';
import type { CompiledCell } from './typescript/cellCompiler.js';
import { completionsAt, inspectionAt } from './typescript/cellQuestions.js';
import { CellInterrupted } from './typescript/loopGuards.js';
import { headerOf } from './typescript/moduleCells.js';
import { StackTraces } from './typescript/stackTraces.js';

/** How a cell ended, before anything was shown. */
export type CellOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: CellError };

/** What a session is given. */
export interface SessionSurroundings {
  /** The library's bundle. */
  readonly library: string;
  /** Its `index.d.ts`. */
  readonly types: string;
  /** Takes what cells show with tslab's own functions. */
  readonly jupyter: JupyterSink;
  /** Does the kernel's own work, which must not be interrupted in the middle. */
  readonly undisturbed: <T>(work: () => T) => T;
}

/** One TypeScript session: compiles cells, runs them in this process and remembers what they declared. */
export class Session {
  private readonly traces: StackTraces;
  private readonly compiler: CellCompiler;
  private readonly loader: ModuleLoader;
  private readonly apart = new Apart();
  /** What each cell has declared, by the module that it became. */
  private readonly exports = new Map<string, Record<string, unknown>>();
  private tslab: object | undefined;
  private file: string;

  /**
   * @param folder where packages and relative imports are resolved from; must be the working folder already.
   * @param notebook the notebook's file, when it has one: what cells say of themselves in `__filename`.
   */
  constructor(
    folder: string,
    notebook: string | undefined,
    private readonly around: SessionSurroundings,
  ) {
    this.file = fileOf(folder, notebook);
    this.traces = new StackTraces(around.library);
    this.compiler = new CellCompiler(folder, around.types);
    this.loader = new ModuleLoader({
      traces: this.traces,
      virtual: (file) => this.compiler.sourceOf(file),
      special: (specifier) => this.ownModule(specifier),
    });
    this.traces.install();
    this.compiler.warm();
  }

  /**
   * Resolves packages and relative imports from another folder from now on, which is the working folder already.
   * Variables, functions and types stay. To be called between two cells.
   */
  moveTo(folder: string, notebook: string): void {
    this.file = fileOf(folder, notebook);
    this.around.undisturbed(() => this.compiler.moveTo(folder));
  }

  /**
   * Runs one cell. Never rejected.
   * @param label how stacks name it, `Cell 3`.
   * @param signal a cell whose signal was aborted while it was compiled does not begin.
   */
  async run(code: string, label: string, signal: AbortSignal): Promise<CellOutcome> {
    const header = headerOf(code);
    if (header.forBrowser) return { ok: true, value: undefined };
    const compiled = this.compile(code, header.module);
    if ('diagnostics' in compiled)
      return compiled.diagnostics.length > 0 ? { ok: false, error: refusal(compiled.diagnostics, label) } : { ok: true, value: undefined };
    const exports: Record<string, unknown> = {};
    this.exports.set(compiled.stem, exports);
    let value: unknown;
    let failure: { thrown: unknown } | undefined;
    try {
      await this.apart.run(
        () => (signal.aborted ? Promise.reject(new CellInterrupted()) : this.call(compiled, label, exports, (last) => (value = last))),
        () => new CellInterrupted(),
      );
    } catch (thrown) {
      failure = { thrown };
    }
    this.compiler.settle(!failure, (name) => exports[name] !== undefined);
    for (const stem of this.exports.keys()) if (!this.compiler.stems.has(stem)) this.exports.delete(stem);
    return failure ? { ok: false, error: describeThrown(failure.thrown, label) } : { ok: true, value };
  }

  /** Does something that may run code of the person's, such as showing a value, where it can be interrupted. */
  runApart<T>(work: () => T | Promise<T>): Promise<T> {
    return this.apart.run(work, () => new CellInterrupted());
  }

  /** Frees a cell that waits for something; what it waits for goes on unless it heeds the cell's signal. */
  interrupt(): void {
    this.apart.leaveIt();
  }

  /** What could stand at `offset`. */
  complete(asked: KernelContract['requests']['complete']['params']): KernelContract['requests']['complete']['result'] {
    return this.around.undisturbed(() => completionsAt(this.compiler, asked));
  }

  /** What is known of the thing at `offset`. */
  inspect(asked: KernelContract['requests']['inspect']['params']): KernelContract['requests']['inspect']['result'] {
    return this.around.undisturbed(() => inspectionAt(this.compiler, asked));
  }

  /** The session's variables, oldest first; a value is looked up when it is asked for. */
  variables(): { readonly name: string; readonly value: () => unknown }[] {
    return [...this.compiler.known.entries()].flatMap(([name, { value }]) => {
      if (!value || value.declared.kind === 'import' || value.declared.kind === 'namespace') return [];
      return [{ name, value: () => this.exports.get(value.stem)?.[name] }];
    });
  }

  private compile(code: string, module: ReturnType<typeof headerOf>['module']): CompiledCell | { diagnostics: readonly Diagnostic[] } {
    return this.around.undisturbed(() => {
      try {
        return module ? { diagnostics: this.compiler.addModule(module.name, code, module.ending) } : this.compiler.compile(code);
      } catch (error) {
        this.compiler.recover();
        return { diagnostics: [compilerFailure(error)] };
      }
    });
  }

  private async call(compiled: CompiledCell, label: string, exports: object, takeValue: (value: unknown) => void): Promise<void> {
    const { file } = this;
    const run = functionOf(compiled, label, this.traces);
    await this.loader.prepare(compiled.imports, file);
    await run({
      ...this.loader.scopeOf(file),
      exports,
      module: { exports, id: '.', filename: file, path: path.dirname(file), loaded: false, children: [], paths: [] },
      file,
      takeValue,
    });
  }

  private ownModule(specifier: string): object | undefined {
    if (specifier === 'tslab') return (this.tslab ??= loadTslab(this.around.jupyter));
    return specifier.startsWith(`./${CELL_STEM}`) ? this.exports.get(specifier.slice(2)) : undefined;
  }
}

/** Makes `require(name)` give one file wherever it is asked for: cells get the library that this process has loaded. */
export function resolveAlways(name: string, file: string): void {
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => (request === name ? file : resolve.call(loader, request, ...rest));
}

/** Imports of cells are resolved from this file, which is the notebook if there is one. */
function fileOf(folder: string, notebook: string | undefined): string {
  return notebook === undefined ? path.join(folder, 'notebook.ipynb') : path.resolve(folder, notebook);
}

function compilerFailure(error: unknown): Diagnostic {
  const start = { line: 1, column: 1 };
  const message =
    error instanceof RangeError
      ? 'This cell is nested too deeply for the TypeScript compiler. Build the value with a loop, or read it from a file.'
      : `The TypeScript compiler failed on this cell: ${error instanceof Error ? error.message : String(error)}. If it fails on every cell, one has changed what all code is made of; then restart the kernel.`;
  return { start, end: start, message, code: 0 };
}

function refusal(diagnostics: readonly Diagnostic[], label: string): CellError {
  const lines = diagnostics.map(({ start, code, message }) => `${label}:${start.line}:${start.column} - error TS${code}: ${message}`);
  const first = diagnostics[0]!;
  return {
    name: 'TypeScriptError',
    message: `${first.message.split('\n')[0]} (line ${first.start.line}, column ${first.start.column})`,
    stack: lines.join('\n'),
    at: first.start,
    diagnostics: [...diagnostics],
  };
}
