import { cellModules } from './cellModules.js';
import type { CellModule, SourceCell } from './cellModules.js';
import { cellCompilerOptions, resolveFromCell } from './moduleResolution.js';
import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

/** Files that are read from disk are shared by all notebooks: the libraries are parsed once. */
const documents = ts.createDocumentRegistry();

/** A position in a module, for the language service. */
export interface ModulePlace {
  readonly module: CellModule;
  /** In the module's whole text. */
  readonly position: number;
}

/** The cells of one notebook as a TypeScript program. */
export class NotebookProgram {
  /** TypeScript's own answers; file names and positions are those of {@link CellModule}s. */
  readonly service: TypeScript.LanguageService;
  private modules: readonly CellModule[] = [];
  private byFile = new Map<string, CellModule>();
  private version = 0;
  private readonly fileTimes = new Map<string, string>();

  /**
   * @param folder the notebook's folder.
   * @param library the library's `index.d.ts`.
   */
  constructor(private readonly folder: string, library: string) {
    const options = cellCompilerOptions(folder);
    const host: TypeScript.LanguageServiceHost = {
      getCompilationSettings: () => options,
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
      getProjectVersion: () => String(this.version),
      getScriptFileNames: () => this.modules.map(({ file }) => file),
      getScriptVersion: (file) => this.byFile.get(file)?.version ?? this.versionOnDisk(file),
      getScriptSnapshot: (file) => {
        const text = this.byFile.get(file)?.text ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (file) => this.byFile.has(file) || ts.sys.fileExists(file),
      readFile: (file) => this.byFile.get(file)?.text ?? ts.sys.readFile(file),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      readDirectory: ts.sys.readDirectory,
      resolveModuleNames: (names, from) => names.map((name) => this.resolve(name, from, options, library)),
    };
    this.service = ts.createLanguageService(host, documents);
  }

  /** Takes the cells as they are now. */
  update(cells: readonly SourceCell[]): void {
    this.modules = cellModules(this.folder.replaceAll('\\', '/'), cells, this.modules);
    this.byFile = new Map(this.modules.map((module) => [module.file, module]));
    this.version++;
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

  private resolve(name: string, from: string, options: TypeScript.CompilerOptions, library: string): TypeScript.ResolvedModuleFull | undefined {
    if (name.startsWith('./__frameloom_cell_')) return { resolvedFileName: `${this.folder.replaceAll('\\', '/')}/${name.slice(2)}.ts`, extension: ts.Extension.Ts };
    return resolveFromCell(name, from, options, library);
  }

  /** Libraries hardly ever change while a notebook is open, but a person's own module beside it does. */
  private versionOnDisk(file: string): string {
    if (file.includes('/node_modules/')) {
      const known = this.fileTimes.get(file);
      if (known) return known;
    }
    const version = String(ts.sys.getModifiedTime?.(file)?.getTime() ?? 0);
    this.fileTimes.set(file, version);
    return version;
  }
}
