import { FrameloomError } from '../../pipeline/index.js';
import { linesOf, newCellId } from './notebookFile.js';
import type { Notebook, NotebookCell } from './notebookFile.js';

/**
 * Reads `name=value` pairs. A value that is JSON is taken as such (`steps=20`, `fast=true`); anything else is text.
 *
 * @throws FrameloomError `FL_USAGE` for a pair without `=` or a name that is no identifier.
 */
export function parseParameters(pairs: readonly string[]): Map<string, unknown> {
  return new Map(
    pairs.map((pair) => {
      const match = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(pair);
      if (!match) throw new FrameloomError('FL_USAGE', `--param is ${JSON.stringify(pair)}, but it must be name=value with a name that TypeScript takes for a variable.`);
      return [match[1]!, valueOf(match[2]!)] as const;
    }),
  );
}

/**
 * The notebook with a cell that sets the parameters, as papermill does it: after the cell tagged `parameters`, whose
 * values are the defaults, or before all others. A cell that an earlier run injected is replaced.
 */
export function withParameters(notebook: Notebook, parameters: ReadonlyMap<string, unknown>): Notebook {
  const cells = notebook.cells.filter(({ metadata }) => !metadata?.tags?.includes('injected-parameters'));
  if (parameters.size === 0) return { ...notebook, cells };
  const defaults = cells.findIndex(({ metadata }) => metadata?.tags?.includes('parameters'));
  return { ...notebook, cells: cells.toSpliced(defaults + 1, 0, cellOf(parameters)) };
}

function cellOf(parameters: ReadonlyMap<string, unknown>): NotebookCell {
  // `let` in a later cell redeclares the default's name, so a default may be of a narrower type.
  const lines = [...parameters].map(([name, value]) => `let ${name} = ${JSON.stringify(value)};`);
  return { id: newCellId(), cell_type: 'code', metadata: { tags: ['injected-parameters'] }, source: linesOf(lines.join('\n')), outputs: [], execution_count: null };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
