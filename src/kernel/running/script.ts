import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import type { Script } from '../typescript/commonJs.js';
import { PARAMETERS } from '../typescript/hostForms.js';
import type { StackTraces } from '../typescript/stackTraces.js';

/** What a script is called with: a value for each of `PARAMETERS`. */
export interface ScriptScope {
  readonly exports: object;
  readonly require: NodeJS.Require;
  readonly module: object;
  /** The file that the script says it is. */
  readonly file: string;
  /** Takes a cell's last value. */
  readonly takeValue?: (value: unknown) => void;
  readonly import: (specifier: unknown) => Promise<unknown>;
}

/** A script as a function; what it gives is a promise when the script awaits. */
export function functionOf({ javascript, find, isAsync }: Script, label: string, traces: StackTraces): (scope: ScriptScope) => unknown {
  // The words before the script keep its "use strict" from being a directive: code runs as tslab runs it.
  const text = `(${isAsync ? 'async ' : ''}function (${PARAMETERS.join(', ')}) { void 0; ${javascript}\n${traces.remember(label, find)}\n})`;
  const call = vm.runInThisContext(text) as (...values: unknown[]) => unknown;
  return ({ exports, require, module, file, takeValue, import: load }) =>
    call(exports, require, module, file, path.dirname(file), takeValue, load, metaOf(file, require));
}

/** `import.meta`, as Node has it. */
function metaOf(file: string, { resolve }: NodeJS.Require): object {
  return {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier: string) => {
      if (/^(\.|\/|file:)/.test(specifier)) return new URL(specifier, pathToFileURL(file)).href;
      const found = resolve(specifier);
      return path.isAbsolute(found) ? pathToFileURL(found).href : found;
    },
  };
}
