import { asksForStrict } from '../../../shared/cells/cellOptions.js';
import { CellProgram } from '../../../shared/cells/cellProgram.js';
import { cellModules } from './cellModules.js';
import type { CellModule, SourceCell } from './cellModules.js';
import type { TypeScript } from './typescript.js';

/** A position in a module, for the language service. */
export interface ModulePlace {
  readonly module: CellModule;
  /** In the module's whole text. */
  readonly position: number;
}

/** The cells of one notebook as a TypeScript program. */
export class NotebookProgram {
  private readonly program: CellProgram;
  private modules: readonly CellModule[] = [];
  private byFile = new Map<string, CellModule>();

  /**
   * @param folder the notebook's folder.
   * @param library the library's `index.d.ts`.
   */
  constructor(
    private readonly folder: string,
    library: string,
  ) {
    this.program = new CellProgram(folder, library);
  }

  /** TypeScript's own answers; file names and positions are those of {@link CellModule}s. */
  get service(): TypeScript.LanguageService {
    return this.program.service;
  }

  /** What is wrong with a cell. */
  complaints({ file }: CellModule): TypeScript.Diagnostic[] {
    return this.program.complaints(file);
  }

  /** Takes the cells as they are now. */
  update(cells: readonly SourceCell[]): void {
    this.modules = cellModules(this.folder.replaceAll('\\', '/'), cells, this.modules);
    this.byFile = new Map(this.modules.map((module) => [module.file, module]));
    this.program.update(
      this.byFile,
      [...this.byFile.keys()],
      cells.some(({ text }) => asksForStrict(text)),
    );
  }

  /** The cells in order. */
  get cells(): readonly CellModule[] {
    return this.modules;
  }

  /** The cell that is behind a file name, if one is. */
  cellOf(file: string): CellModule | undefined {
    return this.byFile.get(file);
  }

  /** Where an offset of a cell lies in its module. */
  place(uri: string, offset: number): ModulePlace | undefined {
    const module = this.modules.find((candidate) => candidate.uri === uri);
    return module && { module, position: module.prefix.length + Math.min(offset, module.cellText.length) };
  }
}
