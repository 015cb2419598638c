import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { FrameloomError } from '../../pipeline/index.js';

/** One output of a cell, as nbformat 4 writes it. */
export type NotebookOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string[] }
  | { output_type: 'display_data'; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

/** A cell, as nbformat 4 writes it. */
export interface NotebookCell {
  id?: string;
  cell_type: 'code' | 'markdown' | 'raw';
  source: string | string[];
  metadata: Record<string, unknown> & { tags?: string[] };
  outputs?: NotebookOutput[];
  execution_count?: number | null;
}

/** A notebook, as nbformat 4 writes it. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** @throws FrameloomError `FL_NOTEBOOK_READ`, `FL_NOTEBOOK_FORMAT` naming the file. */
export async function readNotebook(file: string): Promise<Notebook> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FrameloomError('FL_NOTEBOOK_READ', `The notebook ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  const notebook = parse(text);
  const sound = notebook?.nbformat === 4 && Array.isArray(notebook.cells) && notebook.cells.every((cell) => typeof cell?.cell_type === 'string' && isText(cell.source));
  if (!notebook || !sound) throw new FrameloomError('FL_NOTEBOOK_FORMAT', `${file} is no notebook of nbformat 4 (.ipynb). Save it anew from VS Code or JupyterLab.`);
  return notebook;
}

/** Writes a notebook; the file appears complete or not at all. @throws FrameloomError `FL_NOTEBOOK_WRITE`. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    await writeFile(draft, `${JSON.stringify(notebook, null, 1)}\n`);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new FrameloomError('FL_NOTEBOOK_WRITE', `The notebook ${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** A cell's text. */
export function sourceOf({ source }: NotebookCell): string {
  return Array.isArray(source) ? source.join('') : source;
}

/** Text as nbformat keeps it: a list of lines, each with its line break, so that a diff reads well. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A new id for a cell. */
export function newCellId(): string {
  return randomBytes(4).toString('hex');
}

function parse(text: string): Notebook | undefined {
  try {
    return JSON.parse(text) as Notebook;
  } catch {
    return undefined;
  }
}

function isText(source: unknown): boolean {
  return typeof source === 'string' || (Array.isArray(source) && source.every((line) => typeof line === 'string'));
}
