import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as ts from '@tslab/typescript-for-tslab';
import type { Converter } from 'tslab/dist/converter';
import type { Executor, ConverterSet, ConsoleInterface } from 'tslab/dist/executor';
import { linkVariables } from './linkVariables.js';
import { guardLoops } from './loopGuards.js';

/** tslab's TypeScript, whose exports are those of TypeScript 5.0. */
export type TypeScript = typeof ts;

/** What the kernel uses of tslab. */
export interface Tslab {
  readonly typescript: TypeScript;
  createConverter(): Converter;
  createExecutor(folder: string, converters: ConverterSet, console: ConsoleInterface): Executor;
  /** The module whose `lastWriteDisplayData` the cells' `tslab.display` writes to. */
  readonly jupyter: { lastWriteDisplayData: ((data: JupyterDisplay, update?: boolean) => void) | null };
  /** The source map from JavaScript that runs to the JavaScript that TypeScript emitted, of the latest compilation. */
  takeEmit(): { emitted: string; finalMap: string } | undefined;
}

/** The content of Jupyter's `display_data`. */
export interface JupyterDisplay {
  data: Record<string, unknown>;
  transient?: { display_id?: string };
}

/**
 * Loads tslab over a thin front of its TypeScript.
 *
 * tslab fixes its compiler options and offers no way to set them. Its compiler is a module of its own that nobody
 * else in this process uses, so before tslab loads we put an object in that module's place that inherits all of it
 * and differs in two functions: one adds options, one adds source maps, loop guards and links of variables to the last transpilation.
 *
 * @param typesFile `index.d.ts` of the library: what `import … from 'frameloom'` means to the type checker.
 */
export function loadTslab(typesFile: string): Tslab {
  const require = createRequire(__filename);
  const fromTslab = createRequire(require.resolve('tslab/dist/converter'));
  const compiler = fromTslab.resolve('@tslab/typescript-for-tslab');
  const typescript = fromTslab(compiler) as TypeScript;
  // TypeScript asks for the working folder once; ours changes when a notebook is saved in another folder.
  typescript.sys.getCurrentDirectory = () => process.cwd();
  let emit: { emitted: string; finalMap: string } | undefined;

  const createWatchCompilerHost = (files: string[], options: ts.CompilerOptions, ...rest: unknown[]): unknown =>
    (typescript.createWatchCompilerHost as (...all: unknown[]) => unknown)(files, { ...options, ...cellOptions(typescript, fromTslab, typesFile, options) }, ...rest);
  const transpileModule = (input: string, options: ts.TranspileOptions): ts.TranspileOutput => {
    const { before, after } = linkVariables(typescript);
    const output = typescript.transpileModule(input, {
      ...options,
      compilerOptions: { ...options.compilerOptions, sourceMap: true },
      transformers: { before: [before, guardLoops(typescript)], after: [after] },
    });
    emit = { emitted: input, finalMap: output.sourceMapText ?? '' };
    return output;
  };
  require.cache[compiler]!.exports = Object.create(typescript, {
    __esModule: { value: true }, // keeps tslab's import from copying the properties one by one
    createWatchCompilerHost: { value: createWatchCompilerHost },
    transpileModule: { value: transpileModule },
  });
  const { createConverter } = require('tslab/dist/converter') as { createConverter(): Converter };
  const { createExecutor } = require('tslab/dist/executor') as { createExecutor: Tslab['createExecutor'] };
  return {
    typescript,
    createConverter,
    createExecutor,
    jupyter: require('tslab/dist/jupyter') as Tslab['jupyter'],
    takeEmit: () => {
      const taken = emit;
      emit = undefined;
      return taken;
    },
  };
}

/** What differs from tslab's compiler options. */
function cellOptions(typescript: TypeScript, fromTslab: NodeJS.Require, typesFile: string, given: ts.CompilerOptions): ts.CompilerOptions {
  return {
    inlineSourceMap: true,
    // Unlike Node10, finds the types of packages that only have `exports`.
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    // From any folder, installed there or not, `frameloom` is the library that this process has loaded.
    ...(existsSync(typesFile) ? { paths: { frameloom: [typesFile] } } : {}),
    // tslab looks for Node's types inside its own folder, but a package manager may have put them beside it.
    typeRoots: [...(given.typeRoots ?? []), path.dirname(path.dirname(fromTslab.resolve('@types/node/package.json')))],
  };
}
