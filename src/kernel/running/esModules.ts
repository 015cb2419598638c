import path from 'node:path';
import { types } from 'node:util';
import vm from 'node:vm';

type Import = (specifier: string) => Promise<object>;

const importers = new Map<string, Import>();

/** Node's own `import()`, as if it stood in a file. */
export function importFrom(file: string): Import {
  const folder = path.dirname(file);
  let found = importers.get(folder);
  if (!found) {
    const options = { filename: path.join(folder, 'notebook.mjs'), importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
    found = new vm.Script('(specifier) => import(specifier)', options).runInThisContext() as Import;
    importers.set(folder, found);
  }
  return found;
}

/** Whether `require` failed because the package is made for `import` alone. */
export function isOnlyForImport(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return (
    typeof code === 'string' &&
    [
      'ERR_REQUIRE_ESM',
      'ERR_REQUIRE_ASYNC_MODULE',
      'ERR_REQUIRE_CYCLE_MODULE',
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
      'MODULE_NOT_FOUND',
    ].includes(code)
  );
}

/** An ES module as compiled TypeScript expects what it requires: marked as one, its names live. */
export function asRequired(module: unknown): unknown {
  if (!types.isModuleNamespaceObject(module)) return module;
  const view = Object.create(null, { __esModule: { value: true } }) as object;
  for (const name of Object.keys(module as object))
    if (name !== '__esModule')
      Object.defineProperty(view, name, { enumerable: true, get: () => (module as Record<string, unknown>)[name] });
  return view;
}

/** What `import()` gives for something that was required, as TypeScript's types have it. */
export function asImported(module: unknown): unknown {
  if (typeof module !== 'object' && typeof module !== 'function') return { default: module };
  if (module === null) return { default: module };
  return (module as { __esModule?: unknown }).__esModule || types.isModuleNamespaceObject(module) ? module : { ...module, default: module };
}
