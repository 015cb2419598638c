import { declaredNames } from './declaredNames.js';
import type { DeclaredName } from './declaredNames.js';
import { ts } from './typescript.js';

/** A cell as TypeScript sees it: a module that imports what the cells above declare and exports what it declares itself. */
export interface CellModule {
  readonly uri: string;
  /** The module's file name, below the notebook's folder so that its imports are resolved from there. */
  readonly file: string;
  /** Imports on the line of the cell's first character. */
  readonly prefix: string;
  readonly cellText: string;
  /** The whole module. */
  readonly text: string;
  /** Changes with the text. */
  readonly version: string;
  /** Names from the cells above that may be assigned to, which TypeScript forbids for imports. */
  readonly assignableImports: ReadonlySet<string>;
}

/** A cell as the editor has it. */
export interface SourceCell {
  readonly uri: string;
  readonly text: string;
}

/**
 * Joins the cells of a notebook into modules, one for each cell, so that names may be declared anew in a later cell:
 * a name means its nearest declaration above.
 *
 * @param folder where the modules pretend to be.
 * @param previous what was made last time, to keep versions of what did not change.
 */
export function cellModules(folder: string, cells: readonly SourceCell[], previous: readonly CellModule[] = []): CellModule[] {
  const known = new Map(previous.map((module) => [module.uri, module]));
  const origins = new Map<string, { stem: string; declared: DeclaredName }>();
  return cells.map(({ uri, text: cellText }, index) => {
    const stem = known.get(uri)?.file.split('/').at(-1)?.replace(/\.ts$/, '') ?? freshStem(index);
    const file = `${folder}/${stem}.ts`;
    const own = declaredNames(ts.createSourceFile(file, cellText, ts.ScriptTarget.ES2022));
    const ownNames = new Set(own.map(({ name }) => name));
    const imported = [...origins].filter(([name]) => !ownNames.has(name));
    const prefix = importLines(imported.map(([name, { stem: from }]) => ({ name, from })));
    const exports = own.filter(({ exported }) => !exported).map(({ name }) => name);
    // On a line of its own, for the cell may end in a comment; after a semicolon, for it may end in `model.`; always
    // there, for a cell is a module.
    const text = `${prefix}${cellText}\n;export { ${exports.join(', ')} };\n`;
    const assignableImports = new Set(imported.filter(([, { declared }]) => declared.assignable).map(([name]) => name));
    for (const declared of own) origins.set(declared.name, { stem, declared });
    const before = known.get(uri);
    const version = before?.text === text ? before.version : String(Number(before?.version ?? 0) + 1);
    return { uri, file, prefix, cellText, text, version, assignableImports };
  });
}

let stems = 0;

/** Cells keep their file name while they are moved about, so a number of its own rather than the place in the notebook. */
function freshStem(index: number): string {
  return `__frameloom_cell_${index}_${++stems}`;
}

function importLines(names: readonly { name: string; from: string }[]): string {
  const byModule = new Map<string, string[]>();
  for (const { name, from } of names) byModule.set(from, [...(byModule.get(from) ?? []), name]);
  return [...byModule].map(([from, list]) => `import { ${list.join(', ')} } from './${from}'; `).join('');
}
