import { cpSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A cell of a notebook that a test writes. */
export type TestCell = string | { readonly markdown: string };

/** A folder of its own for a window, with the sample clips in it. */
export function freshWorkspace(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-workspace-'));
  const samples = path.resolve('media', 'samples');
  for (const name of readdirSync(samples)) if (name.endsWith('.mp4')) cpSync(path.join(samples, name), path.join(folder, name));
  return folder;
}

/** Writes a notebook for our kernel. */
export function writeNotebook(
  folder: string,
  name: string,
  cells: readonly TestCell[],
  outputs: readonly (readonly object[])[] = [],
): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(notebookJson(cells, outputs), null, 1));
  return file;
}

/** The JSON of an `.ipynb` for our kernel. */
export function notebookJson(cells: readonly TestCell[], outputs: readonly (readonly object[])[] = []): object {
  return {
    cells: cells.map((cell, index) =>
      typeof cell === 'string'
        ? { cell_type: 'code', execution_count: null, metadata: {}, outputs: outputs[index] ?? [], source: cell }
        : { cell_type: 'markdown', metadata: {}, source: cell.markdown },
    ),
    metadata: { kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' }, language_info: { name: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
