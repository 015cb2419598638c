import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { maxPayloadBytes, sideFolderSuffix } from '../../shared/outputs/index.js';
import { isDeeperThan } from '../../shared/shape.js';

/** Where notebooks that have no file yet keep theirs, below the folder that they work in. */
export const untitledSideFolder = '.frameloom/untitled';

/** Where a notebook is, and where the heavy files of its outputs are. */
export interface NotebookPlace {
  /** The notebook's folder, absolute: what paths in outputs are relative to, and what the kernel works in. */
  readonly folder: string;
  /** The folder of files, below it, with `/` between the parts: `story.frameloom`. */
  readonly sideFolder: string;
}

/** The place of a notebook; one that has no file yet is in the folder of the window, or at home. */
export function placeOf(notebook: vscode.NotebookDocument): NotebookPlace {
  if (notebook.uri.scheme === 'file') {
    const { dir, base } = path.parse(notebook.uri.fsPath);
    return { folder: dir, sideFolder: `${base.replace(/\.ipynb$/i, '')}${sideFolderSuffix}` };
  }
  const window = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
  return { folder: window ?? os.homedir(), sideFolder: untitledSideFolder };
}

/** The files that outputs name, as they name them; whether they exist is not known. */
export function filesNamedIn(outputs: readonly vscode.NotebookCellOutput[]): Set<string> {
  const named = new Set<string>();
  for (const item of outputs.flatMap(({ items }) => items)) eachPath(payloadOf(item), (file) => void named.add(file));
  return named;
}

/** The item with other names for the files in it; undefined when it names none of them. */
export function renamedFiles(
  item: vscode.NotebookCellOutputItem,
  names: ReadonlyMap<string, string>,
): vscode.NotebookCellOutputItem | undefined {
  if (item.mime === 'text/html') {
    const html = new TextDecoder().decode(item.data);
    const changed = html.replace(/(<(?:video|img) src=")([^"]*)(")/g, (all, before: string, address: string, after: string) => {
      const name = [...names].find(([old]) => inHtml(old) === address)?.[1];
      return name === undefined ? all : `${before}${inHtml(name)}${after}`;
    });
    return changed === html ? undefined : vscode.NotebookCellOutputItem.text(changed, item.mime);
  }
  const payload = payloadOf(item);
  let found = false;
  eachPath(payload, (file, holder) => {
    const name = names.get(file);
    if (name === undefined) return;
    found = true;
    holder.path = name;
  });
  // What the renderer will refuse stays as it is; VS Code's writer of JSON would overflow over it.
  return found && !isDeeperThan(payload, deepest) ? vscode.NotebookCellOutputItem.json(payload, item.mime) : undefined;
}

/** The JSON of an output of ours; undefined for every other item. */
function payloadOf({ mime, data }: vscode.NotebookCellOutputItem): unknown {
  if (!mime.startsWith('application/vnd.frameloom.') || data.byteLength > maxPayloadBytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch {
    return undefined; // edited by hand; it names no file that we could read
  }
}

/** Payloads of ours nest less than this; what nests deeper would overflow the stack. */
const deepest = 16;

/** Calls `found` for every `path` in a payload: clips and their sources, atlases of runs. */
function eachPath(value: unknown, found: (file: string, holder: { path: string }) => void, level = 0): void {
  if (typeof value !== 'object' || value === null || level > deepest) return;
  const { path: file } = value as { path?: unknown };
  if (typeof file === 'string') found(file, value as { path: string });
  for (const part of Object.values(value)) eachPath(part, found, level + 1);
}

/** A file's name as the library writes it into the HTML form of an output. */
function inHtml(file: string): string {
  return encodeURI(file).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
