import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

/** The compiler's options for cells: the kernel's, except that top-level `await` is TypeScript's own business here. */
export function cellCompilerOptions(folder: string): TypeScript.CompilerOptions {
  return {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    esModuleInterop: true,
    experimentalDecorators: true,
    resolveJsonModule: true,
    jsx: ts.JsxEmit.React,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
    typeRoots: typeRoots(folder),
    types: ['node'],
  };
}

/** Resolves imports of cells: the library and tslab to what the kernel has loaded, everything else from the notebook's folder. */
export function resolveFromCell(name: string, file: string, options: TypeScript.CompilerOptions, library: string): TypeScript.ResolvedModuleFull | undefined {
  if (name === 'frameloom') return existsSync(library) ? { resolvedFileName: library, extension: ts.Extension.Dts } : undefined;
  const from = name === 'tslab' ? require.resolve('tslab/package.json') : file;
  const found = ts.resolveModuleName(name, from, options, ts.sys).resolvedModule;
  if (found || name !== 'tslab') return found;
  return { resolvedFileName: path.join(path.dirname(from), 'dist', 'public.d.ts'), extension: ts.Extension.Dts };
}

/** The types of Node: the notebook's folder's own if it has some, else those that tslab brings. */
function typeRoots(folder: string): string[] {
  const own = ts.getDefaultTypeRoots(folder, { directoryExists: ts.sys.directoryExists }) ?? [];
  if (own.some((root) => existsSync(path.join(root, 'node')))) return own;
  const tslab = path.dirname(require.resolve('tslab/package.json'));
  const brought = [path.join(tslab, 'node_modules', '@types'), path.join(path.dirname(tslab), '@types')];
  return [...own, ...brought.filter((root) => existsSync(path.join(root, 'node'))).slice(0, 1)];
}
