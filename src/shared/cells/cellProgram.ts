import * as path from 'node:path';
import ts from 'typescript';
import { CELL_STEM } from './cellModule.js';
import { cellOptions, globalDeclarations, resolveFromCell } from './cellOptions.js';

/** Files that are read from disk are shared by all programs of a process: the libraries are parsed once. */
const documents = ts.createDocumentRegistry();

let globals: string | undefined;

/** "Decorator function return type is not assignable": a decorator of any function hardly ever returns the very type it was given. */
const decoratorReturn = 1270;

/** A file that is not on the disk. */
export interface VirtualFile {
  readonly text: string;
  /** Changes with the text. */
  readonly version: string;
}

/** Cells as a TypeScript program: modules in memory below the notebook's folder, with what they import from the disk. */
export class CellProgram {
  /** TypeScript's own answers; names of files are absolute, with `/`. */
  readonly service: ts.LanguageService;
  /** The files in memory, by name. */
  files: ReadonlyMap<string, VirtualFile> = new Map();
  /** The files that the program begins with. */
  roots: readonly string[] = [];
  /** What `strict` is for this program. */
  private strict = false;
  private version = 0;
  private options: ts.CompilerOptions;
  private readonly fileTimes = new Map<string, string>();
  private readonly globalsFile: string;

  /**
   * @param folder the notebook's folder, absolute.
   * @param library the library's `index.d.ts`: what `import … from 'frameloom'` means.
   */
  constructor(
    readonly folder: string,
    library: string,
  ) {
    this.options = cellOptions(folder, false);
    this.globalsFile = this.fileOf('__frameloom_globals', '.d.ts');
    const virtual = (file: string): string | undefined =>
      this.files.get(file)?.text ?? (file === this.globalsFile ? (globals ??= globalDeclarations()) : undefined);
    const host: ts.LanguageServiceHost = {
      getCompilationSettings: () => this.options,
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
      getProjectVersion: () => String(this.version),
      getScriptFileNames: () => [this.globalsFile, ...this.roots],
      getScriptVersion: (file) => this.files.get(file)?.version ?? (file === this.globalsFile ? '1' : this.versionOnDisk(file)),
      getScriptSnapshot: (file) => {
        const text = virtual(file) ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (file) => this.files.has(file) || ts.sys.fileExists(file),
      readFile: (file) => virtual(file) ?? ts.sys.readFile(file),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      readDirectory: ts.sys.readDirectory,
      resolveModuleNameLiterals: (names, from) => names.map(({ text }) => ({ resolvedModule: this.resolve(text, from, library) })),
    };
    this.service = ts.createLanguageService(host, documents);
  }

  /** The name of a file in memory. */
  fileOf(stem: string, ending = '.ts'): string {
    return `${this.folder.replaceAll('\\', '/')}/${stem}${ending}`;
  }

  /** Takes the files as they are now. @param strict what `strict` is. */
  update(files: ReadonlyMap<string, VirtualFile>, roots: readonly string[], strict: boolean): void {
    this.files = files;
    this.roots = roots;
    this.version++;
    if (strict === this.strict) return;
    this.strict = strict;
    this.options = cellOptions(this.folder, strict);
  }

  /** What is wrong with a file: with how it is written, or else with what it means. */
  complaints(file: string): ts.Diagnostic[] {
    const syntactic = this.service.getSyntacticDiagnostics(file);
    if (syntactic.length > 0) return syntactic;
    const semantic = this.service.getSemanticDiagnostics(file);
    return this.strict ? semantic : semantic.filter(({ code }) => code !== decoratorReturn);
  }

  /** The TypeScript files beside the notebook that a file needs, itself not counted. */
  sourcesOf(file: string): ts.SourceFile[] {
    const program = this.service.getProgram()!;
    const found = new Map<string, ts.SourceFile>();
    const follow = (source: ts.SourceFile | undefined): void => {
      if (!source || source.isDeclarationFile || found.has(source.fileName) || source.fileName.includes('/node_modules/')) return;
      found.set(source.fileName, source);
      for (const { fileName } of ts.preProcessFile(source.text, true, true).importedFiles) {
        const resolved = this.resolve(fileName, source.fileName, '');
        follow(resolved && program.getSourceFile(resolved.resolvedFileName));
      }
    };
    follow(program.getSourceFile(file));
    return [...found.values()].filter(({ fileName }) => !path.posix.basename(fileName).startsWith(CELL_STEM));
  }

  private resolve(name: string, from: string, library: string): ts.ResolvedModuleFull | undefined {
    if (name.startsWith('.')) {
      // Cells, and files that only the kernel has.
      const base = path.posix.join(path.posix.dirname(from), name);
      for (const file of [base, `${base}.ts`, `${base}.tsx`])
        if (this.files.has(file)) return { resolvedFileName: file, extension: file.endsWith('.tsx') ? ts.Extension.Tsx : ts.Extension.Ts };
    }
    return resolveFromCell(name, from, this.options, library);
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
