import { FrameloomError } from '../../index.js';
import { nearestNames } from '../../pipeline/core/index.js';
import { linesOf, newCellId, type Notebook, type NotebookCell } from './notebookFormat.js';
import { namesIn } from './parameterNames.js';

/**
 * Reads `name=value` pairs. A value that is JSON is taken as such (`steps=20`, `fast=true`); anything else is text.
 *
 * @throws FrameloomError `FL_USAGE` for a pair without `=` or a name that is no identifier.
 */
export function parseParameters(pairs: readonly string[]): Map<string, unknown> {
  return new Map(
    pairs.map((pair) => {
      const match = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(pair);
      if (!match)
        throw new FrameloomError(
          'FL_USAGE',
          `--param is ${JSON.stringify(pair)}, but it must be name=value with a name that TypeScript takes for a variable.`,
        );
      return [match[1]!, valueOf(match[2]!)] as const;
    }),
  );
}

/**
 * The notebook with a cell that sets the parameters, as papermill does it: after the cell tagged `parameters`, whose
 * values are the defaults, or before all others. A cell that an earlier run injected is replaced.
 *
 * @throws FrameloomError `FL_USAGE` for a parameter that the notebook does not have, or that one of its cells would set anew.
 */
export function withParameters(notebook: Notebook, parameters: ReadonlyMap<string, unknown>): Notebook {
  const cells = notebook.cells.filter(({ metadata }) => !metadata.tags?.includes('injected-parameters'));
  if (parameters.size === 0) return { ...notebook, cells };
  const defaults = cells.findIndex(({ cell_type, metadata }) => cell_type === 'code' && metadata.tags?.includes('parameters'));
  if (defaults >= 0) checkAgainstDefaults(cells[defaults]!, parameters);
  else checkAgainstUses(cells, parameters);
  return { ...notebook, cells: cells.toSpliced(defaults + 1, 0, cellOf(parameters)) };
}

function checkAgainstDefaults(defaults: NotebookCell, parameters: ReadonlyMap<string, unknown>): void {
  const { declared } = namesIn(defaults);
  for (const name of parameters.keys()) {
    if (declared.includes(name)) continue;
    const near = nearestNames(name, declared);
    const known = declared.length > 0 ? `it has ${declared.join(', ')}` : 'its cell tagged "parameters" declares none';
    throw new FrameloomError(
      'FL_USAGE',
      `The notebook has no parameter ${name}; ${known}.${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''}`,
    );
  }
}

/** Without a cell of defaults a parameter is a variable that some cell uses and none sets. */
function checkAgainstUses(cells: readonly NotebookCell[], parameters: ReadonlyMap<string, unknown>): void {
  const code = cells.filter(({ cell_type }) => cell_type === 'code').map(namesIn);
  for (const name of parameters.keys()) {
    const setter = code.findIndex(({ declared }) => declared.includes(name));
    if (setter >= 0)
      throw new FrameloomError(
        'FL_USAGE',
        `Cell ${setter + 1} sets ${name} itself, after --param would have. Tag that cell "parameters", and its values become defaults that --param replaces.`,
      );
    if (code.some(({ used }) => used.has(name))) continue;
    const declared = [...new Set(code.flatMap((names) => names.declared))];
    throw new FrameloomError(
      'FL_USAGE',
      `No cell uses ${name}, and no cell is tagged "parameters". Tag the cell that sets the defaults${declared.length > 0 ? ` (the notebook sets ${declared.slice(0, 20).join(', ')})` : ''}.`,
    );
  }
}

function cellOf(parameters: ReadonlyMap<string, unknown>): NotebookCell {
  // `let` in a later cell redeclares the default's name, so a default may be of a narrower type.
  const lines = [...parameters].map(([name, value]) => `let ${name} = ${JSON.stringify(value)};`);
  return {
    id: newCellId(),
    cell_type: 'code',
    metadata: { tags: ['injected-parameters'] },
    source: linesOf(lines.join('\n')),
    outputs: [],
    execution_count: null,
  };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
