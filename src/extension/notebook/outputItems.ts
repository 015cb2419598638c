import * as vscode from 'vscode';
import type { CellError } from '../../shared/kernelProtocol.js';
import { maxPayloadBytes } from '../../shared/outputs/index.js';
import type { Bundle } from '../../shared/outputs/index.js';

/** Pictures may be larger than our own payloads, but a notebook of hundreds of megabytes helps nobody. */
const maxItemBytes = 8 * 2 ** 20;

/**
 * Turns a bundle of the kernel into the items of one output, every form one item.
 *
 * `video/*` is left out: VS Code's `.ipynb` serializer decodes types it does not know as text and corrupts them, and
 * videos lie in the side folder anyway. Forms that are too large for a notebook are left out too.
 */
export function outputItems(bundle: Bundle): vscode.NotebookCellOutputItem[] {
  const items: vscode.NotebookCellOutputItem[] = [];
  const leftOut: string[] = [];
  for (const [mime, value] of Object.entries(bundle)) {
    if (/^(video|audio)\//i.test(mime) || value === undefined) continue;
    const item = itemOf(mime, value);
    if (item.data.byteLength > limitFor(mime)) leftOut.push(`${mime} (${Math.round(item.data.byteLength / 1024)} kB)`);
    else items.push(item);
  }
  if (items.length === 0) {
    const what = leftOut.length > 0 ? `An output was left out because it is too large for a notebook: ${leftOut.join(', ')}.` : '';
    items.push(vscode.NotebookCellOutputItem.text(what, 'text/plain'));
  }
  return items;
}

/** The item that shows why a cell failed, with the cells' own line numbers. */
export function errorItem(error: CellError): vscode.NotebookCellOutputItem {
  return vscode.NotebookCellOutputItem.error({ name: error.name, message: error.message, stack: error.stack });
}

function itemOf(mime: string, value: unknown): vscode.NotebookCellOutputItem {
  if (value instanceof Uint8Array) return new vscode.NotebookCellOutputItem(value, mime);
  if (typeof value === 'string' && !isJson(mime)) return vscode.NotebookCellOutputItem.text(value, mime);
  return vscode.NotebookCellOutputItem.json(value, mime);
}

function limitFor(mime: string): number {
  return mime.startsWith('application/vnd.frameloom.') ? maxPayloadBytes : maxItemBytes;
}

function isJson(mime: string): boolean {
  return mime === 'application/json' || mime.endsWith('+json');
}
