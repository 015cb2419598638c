import { CELL_STEM, cellModule } from '../../../shared/cells/cellModule.js';
import type { CellModuleText } from '../../../shared/cells/cellModule.js';
import { KnownNames } from '../../../shared/cells/knownNames.js';

/** A cell of an editor's notebook as TypeScript sees it. */
export interface CellModule extends CellModuleText {
  readonly uri: string;
  /** The module's file name, below the notebook's folder so that its imports are resolved from there. */
  readonly file: string;
  readonly cellText: string;
  /** Changes with the text. */
  readonly version: string;
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
  const before = new Map(previous.map((module) => [module.uri, module]));
  const known = new KnownNames();
  return cells.map(({ uri, text: cellText }, index) => {
    const stem = before.get(uri)?.file.split('/').at(-1)?.replace(/\.ts$/, '') ?? freshStem(index);
    const module = cellModule(cellText, { known, onlyUsed: false });
    known.declare(stem, module.own);
    const last = before.get(uri);
    const version = last?.text === module.text ? last.version : String(Number(last?.version ?? 0) + 1);
    return { ...module, uri, file: `${folder}/${stem}.ts`, cellText, version };
  });
}

let stems = 0;

/** Cells keep their file name while they are moved about, so a number of its own rather than the place in the notebook. */
function freshStem(index: number): string {
  return `${CELL_STEM}${index}_${++stems}`;
}
