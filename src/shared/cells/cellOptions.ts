import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import ts from 'typescript';

const { resolve } = createRequire(__filename);

/**
 * The compiler's options for cells, in the kernel and in writing help.
 *
 * @param folder the notebook's folder, whose own types of Node are taken when it has some.
 * @param strict whether a cell asked for `strict` (see {@link asksForStrict}).
 */
export function cellOptions(folder: string, strict: boolean): ts.CompilerOptions {
  return {
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    target: ts.ScriptTarget.ES2024,
    lib: librariesOfNode(Number(process.versions.node.split('.')[0])),
    types: ['node'],
    typeRoots: typeRoots(folder),
    strict,
    // TypeScript 6 has these on unless told otherwise; notebooks that Jupyter's tslab runs have them off.
    noUncheckedSideEffectImports: false,
    esModuleInterop: true,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
    allowJs: true,
    checkJs: false,
    jsx: ts.JsxEmit.React,
    skipLibCheck: true,
    inlineSourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
  };
}

/** Whether a cell has the line `// @ts-strict`, which turns `strict` on for its notebook. */
export function asksForStrict(cellText: string): boolean {
  return /^[ \t]*\/\/[ \t]*@ts-strict[ \t]*\r?$/m.test(cellText);
}

/** The types of what this Node has of JavaScript; @types/node knows only Node's own. */
function librariesOfNode(major: number): string[] {
  const always = ['es2023', 'es2024.regexp', 'es2024.sharedmemory', 'es2024.string', 'esnext.disposable'];
  const since22 = ['es2024', 'es2025.collection', 'es2025.iterator', 'esnext.array'];
  const since24 = ['es2025', 'esnext.error'];
  const wanted = [...always, ...(major >= 22 ? since22 : []), ...(major >= 24 ? since24 : [])];
  return wanted.map((name) => `lib.${name}.d.ts`);
}

/** The types of Node: the notebook's folder's own if it has some, else those that come with Frameloom. */
function typeRoots(folder: string): string[] {
  const own = foldersUpFrom(folder)
    .map((above) => path.join(above, 'node_modules', '@types'))
    .filter((root) => existsSync(root));
  if (own.some((root) => existsSync(path.join(root, 'node')))) return own;
  return [...own, path.dirname(path.dirname(resolve('@types/node/package.json')))];
}

function foldersUpFrom(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)];
}

/** A file of declarations that every cell sees: what Node has, but only the browser's library describes. */
export function globalDeclarations(): string {
  const browser = readFileSync(path.join(path.dirname(resolve('typescript')), 'lib.dom.d.ts'), 'utf8');
  const begin = browser.indexOf('declare namespace WebAssembly {');
  const end = browser.indexOf('\n}', begin);
  return begin < 0 ? '' : `type BufferSource = ArrayBufferView | ArrayBuffer;\n${browser.slice(begin, end)}\n}\n`;
}

/** The names under which cells import the library, each with the file of `dist/` (and of `dist/types/`) that it stands for. */
export const libraryEntries: Readonly<Record<string, string>> = {
  frameloom: 'index',
  'frameloom/schedulers': 'schedulers',
  'frameloom/video': 'video',
};

/**
 * Resolves imports of cells: the library and tslab to what the kernel has loaded, everything else from the notebook's folder.
 *
 * @param library the library's `index.d.ts`.
 */
export function resolveFromCell(
  name: string,
  file: string,
  options: ts.CompilerOptions,
  library: string,
): ts.ResolvedModuleFull | undefined {
  if (Object.hasOwn(libraryEntries, name)) {
    const types = path.join(path.dirname(library), `${libraryEntries[name]}.d.ts`);
    return existsSync(types) ? { resolvedFileName: types.replaceAll('\\', '/'), extension: ts.Extension.Dts } : undefined;
  }
  const found = ts.resolveModuleName(name, file, options, ts.sys).resolvedModule;
  if (found || name !== 'tslab') return found;
  return { resolvedFileName: path.join(path.dirname(resolve('tslab/package.json')), 'dist', 'public.d.ts'), extension: ts.Extension.Dts };
}
