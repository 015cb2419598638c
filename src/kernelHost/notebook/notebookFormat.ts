import { randomBytes } from 'node:crypto';
import { FrameloomError } from '../../index.js';
import { validCellMetadata, validNotebookMetadata } from './notebookMetadata.js';

/** One output of a cell, as nbformat 4 writes it. */
export type NotebookOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string[] }
  | { output_type: 'display_data'; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

/** A cell, as nbformat 4.5 writes it. */
export interface NotebookCell {
  /** Unique in its notebook. */
  id: string;
  cell_type: 'code' | 'markdown' | 'raw';
  source: string | string[];
  metadata: Record<string, unknown> & { tags?: string[] };
  /** Pictures of a text cell, by name. */
  attachments?: Record<string, unknown>;
  /** Of code cells. */
  outputs?: NotebookOutput[];
  /** Of code cells; null for one that has not run. */
  execution_count?: number | null;
}

/** A notebook, as nbformat 4.5 writes it. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: 4;
  nbformat_minor: 5;
}

/**
 * A notebook of nbformat 4, whatever its minor version, as one that nbformat 4.5's schema accepts: ids where they are missing,
 * unusable or there twice, empty metadata where there is none, and without what the schema forbids. Only outputs are left as they
 * are: running the notebook makes them anew. (https://github.com/jupyter/nbformat/blob/main/nbformat/v4/nbformat.v4.5.schema.json)
 *
 * @param value what the file's JSON says.
 * @param file named in messages.
 * @throws FrameloomError `FL_NOTEBOOK_FORMAT` for JSON that is no notebook, or one of another major version.
 */
export function asNotebook(value: unknown, file: string): Notebook {
  if (!isRecord(value)) throw notANotebook(file, 'it is JSON of something else');
  const { nbformat = 4, cells, metadata } = value;
  if (typeof nbformat === 'number' && nbformat !== 4 && ('worksheets' in value || Array.isArray(cells))) {
    throw new FrameloomError(
      'FL_NOTEBOOK_FORMAT',
      `${file} is a notebook of nbformat ${nbformat}, but only nbformat 4 can be run. ${nbformat < 4 ? 'Convert it with: jupyter nbconvert --to notebook --inplace FILE.' : 'Save it anew from a JupyterLab or VS Code of today.'}`,
    );
  }
  if (nbformat !== 4 || !Array.isArray(cells)) throw notANotebook(file, 'it is JSON without a list of cells');
  const ids = new Set<string>();
  return {
    cells: cells.map((cell: unknown, at) => asCell(cell, `cell ${at + 1}`, file, ids)),
    metadata: validNotebookMetadata(metadata),
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function asCell(value: unknown, which: string, file: string, ids: Set<string>): NotebookCell {
  if (!isRecord(value)) throw notANotebook(file, `${which} is no cell`);
  const { cell_type: type, source = '', attachments, outputs, execution_count: count } = value;
  if (type !== 'code' && type !== 'markdown' && type !== 'raw')
    throw notANotebook(file, `${which} is neither code nor text: its cell_type is ${String(JSON.stringify(type)).slice(0, 80)}`);
  if (source !== null && !isText(source)) throw notANotebook(file, `the source of ${which} is no text`);
  const cell: NotebookCell = {
    id: freeId(value.id, ids),
    cell_type: type,
    metadata: validCellMetadata(value.metadata),
    source: source ?? '',
  };
  if (type === 'code')
    return {
      ...cell,
      execution_count: Number.isInteger(count) && (count as number) >= 0 ? (count as number) : null,
      outputs: Array.isArray(outputs) ? (outputs as NotebookOutput[]) : [],
    };
  return isAttachments(attachments) ? { ...cell, attachments } : cell;
}

/** The id itself where nbformat allows it and no cell before has it, else a new one. */
function freeId(id: unknown, taken: Set<string>): string {
  const free = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && !taken.has(id) ? id : newCellId();
  taken.add(free);
  return free;
}

/** A new id for a cell. */
export function newCellId(): string {
  return randomBytes(4).toString('hex');
}

/** A cell's text. */
export function sourceOf({ source }: NotebookCell): string {
  return Array.isArray(source) ? source.join('') : source;
}

/** Text as nbformat keeps it: a list of lines, each with its line break, so that a diff reads well. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** One value of an output by its MIME type, as nbformat keeps it: bytes as base64, text as lines, JSON only where the type says so. */
export function mimeValue(mime: string, value: unknown): unknown {
  if (/^application\/(.*\+)?json$/.test(mime)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string') return mime.startsWith('text/') ? linesOf(value) : value;
  return isText(value) ? value : String(JSON.stringify(value));
}

function isAttachments(value: unknown): value is Record<string, unknown> {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (bundle) =>
        isRecord(bundle) && Object.entries(bundle).every(([mime, data]) => isText(data) || /^application\/(.*\+)?json$/.test(mime)),
    )
  );
}

function isText(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notANotebook(file: string, reason: string): FrameloomError {
  return new FrameloomError(
    'FL_NOTEBOOK_FORMAT',
    `${file} is no notebook (.ipynb): ${reason}. Give a notebook that VS Code or JupyterLab opens.`,
  );
}
