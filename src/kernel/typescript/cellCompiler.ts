import type ts from 'typescript';
import { CELL_STEM, cellModule } from '../../shared/cells/cellModule.js';
import type { CellModuleText } from '../../shared/cells/cellModule.js';
import { asksForStrict } from '../../shared/cells/cellOptions.js';
import { CellProgram } from '../../shared/cells/cellProgram.js';
import type { VirtualFile } from '../../shared/cells/cellProgram.js';
import { KnownNames } from '../../shared/cells/knownNames.js';
import type { Diagnostic } from '../../shared/kernelProtocol.js';
import { Augmentations } from './augmentations.js';
import { commonJs } from './commonJs.js';
import type { Script } from './commonJs.js';
import { diagnosticsOf } from './cellDiagnostics.js';
import { handOverLastValue } from './hostForms.js';
import type { Place } from './sourceMap.js';

/** A cell that is ready to run. */
export interface CompiledCell extends Script {
  /** The module that it becomes when it has run. */
  readonly stem: string;
}

/** A cell's module while it runs. */
interface Current extends CellModuleText {
  readonly stem: string;
  readonly code: string;
}

/** A question about a cell at an offset, for the language service. */
interface Asked {
  readonly service: ts.LanguageService;
  readonly file: string;
  readonly position: number;
  /** Characters before the cell's first. */
  readonly before: number;
}

/** Compiles the cells of one session, one after the other, each joined to what those before it declared. */
export class CellCompiler {
  /** What the session's cells declared. */
  readonly known = new KnownNames();
  private program: CellProgram;
  private readonly augmentations = new Augmentations();
  /** Modules of earlier cells that are still of use, and those of `@module` cells, by file. */
  private files = new Map<string, VirtualFile>();
  private strict = false;
  private cells = 0;
  private versions = 0;
  private current: Current | undefined;

  /**
   * @param folder the notebook's folder, absolute.
   * @param types the library's `index.d.ts`.
   */
  constructor(
    folder: string,
    private readonly types: string,
  ) {
    this.program = new CellProgram(folder, types);
  }

  /** Checks and compiles a cell. @returns what is wrong with it, when something is. */
  compile(code: string): CompiledCell | { diagnostics: readonly Diagnostic[] } {
    this.current = undefined;
    this.strict ||= asksForStrict(code);
    const stem = `${CELL_STEM}${++this.cells}`;
    const cell = cellModule(code, { known: this.known, onlyUsed: true, augmentations: this.augmentations.besides(code) });
    const file = this.hold(cell.text);
    const diagnostics = diagnosticsOf(this.program, file, cell.prefix.length, code);
    if (diagnostics.length > 0) return { diagnostics };
    this.current = { ...cell, stem, code };
    const shared = new Set(cell.own.filter(({ assignable }) => assignable).map(({ name }) => name));
    const before = [...cell.declared].map((name) => `import { ${name} } from './${this.known.get(name)!.value!.stem}'; `).join('');
    const script = commonJs(this.emit(file), { shared, before });
    return { ...script, stem, find: (place) => inCell(script.find(place), cell.prefix === '' ? 0 : 1) };
  }

  /**
   * Settles what the latest cell declared: all of it, or, when it failed, what has a value. `const model = await load(); await
   * model.edit(…)` that was interrupted in the edit has a model, and the person wants it.
   */
  settle(succeeded: boolean, isSet: (name: string) => boolean): void {
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    const { stem, text, code } = current;
    this.known.declare(
      stem,
      current.own.filter(({ name, kind }) => succeeded || kind === 'type' || isSet(name)),
    );
    // Every cell imports the augmentations of its own time.
    this.files.set(this.program.fileOf(stem), this.versioned(text.replace(/^(import '[^']+'; )+\n?/, '')));
    this.augmentations.add(stem, code);
    this.forgetUnused();
  }

  /** The modules of cells that later cells may still import from. */
  get stems(): ReadonlySet<string> {
    const stems = new Set(this.augmentations.stems);
    for (const [, { value, type }] of this.known.entries()) for (const origin of [value, type]) if (origin) stems.add(origin.stem);
    return stems;
  }

  /** Makes a module of a cell that calls itself one (`@module name`), to be imported as `./name`. */
  addModule(name: string, code: string, ending: string): Diagnostic[] {
    const file = this.program.fileOf(name, ending);
    this.files.set(file, this.versioned(code));
    this.program.update(this.files, [file], this.strict);
    return diagnosticsOf(this.program, file, 0, code);
  }

  /** The text of a file that is only in memory. */
  sourceOf(file: string): string | undefined {
    return this.files.get(file.replaceAll('\\', '/'))?.text;
  }

  /** Goes on in another folder: imports are resolved from there. What cells declared stays. */
  moveTo(folder: string): void {
    const files = this.files;
    this.program.service.dispose();
    const before = this.program;
    this.program = new CellProgram(folder, this.types);
    this.files = new Map([...files].map(([file, content]) => [this.program.fileOf(file.slice(before.fileOf('', '').length), ''), content]));
    this.warm();
  }

  /** Reads the libraries of TypeScript; better at the start than in the person's first cell. */
  warm(): void {
    const file = this.hold('export {};\n');
    this.program.service.getSyntacticDiagnostics(file);
    commonJs(this.emit(file));
  }

  /** Begins anew with the compiler, what cells declared stays: one that broke in the middle cannot be relied on. */
  recover(): void {
    this.current = undefined;
    this.program.service.dispose();
    this.program = new CellProgram(this.program.folder, this.types);
  }

  /** Asks the language service something about a cell that is being written. */
  ask<T>(code: string, offset: number, question: (asked: Asked) => T): T {
    const { prefix, text } = cellModule(code, { known: this.known, onlyUsed: false, augmentations: this.augmentations.besides(code) });
    const file = this.hold(text);
    return question({ service: this.program.service, file, position: prefix.length + offset, before: prefix.length });
  }

  private hold(text: string): string {
    const file = this.program.fileOf(`${CELL_STEM}now`);
    this.files.set(file, this.versioned(text));
    this.program.update(this.files, [file], this.strict);
    return file;
  }

  private versioned(text: string): VirtualFile {
    return { text, version: String(++this.versions) };
  }

  private emit(file: string): string {
    const program = this.program.service.getProgram()!;
    let javascript = '';
    program.emit(program.getSourceFile(file), (_, text) => (javascript = text), undefined, false, { before: [handOverLastValue] });
    return javascript;
  }

  /** A cell's module is kept as long as a name comes from it, or from a module that needs it for its types. */
  private forgetUnused(): void {
    const kept = new Map<string, VirtualFile>();
    const keep = (file: string): void => {
      const content = this.files.get(file);
      if (!content || kept.has(file)) return;
      kept.set(file, content);
      for (const [stem] of content.text.matchAll(new RegExp(`\\b${CELL_STEM}\\d+\\b`, 'g'))) keep(this.program.fileOf(stem));
    };
    for (const stem of this.stems) keep(this.program.fileOf(stem));
    for (const file of this.files.keys()) if (!file.includes(`/${CELL_STEM}`)) keep(file);
    this.files = kept;
  }
}

function inCell(place: Place | undefined, linesBefore: number): Place | undefined {
  return place && { line: Math.max(0, place.line - linesBefore), column: place.line < linesBefore ? 0 : place.column };
}
