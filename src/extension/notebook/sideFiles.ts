import { cp, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { sideFolderSuffix } from '../../shared/display.js';

/** Larger files are not copied when a notebook moves away from them; as the kernel does it with clips that are shown. */
const largestCopy = 64 * 2 ** 20;

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
  return { folder: window ?? os.homedir(), sideFolder: '.frameloom/untitled' };
}

/** The files that outputs name, as they name them; whether they exist is not known. */
export function filesNamedIn(outputs: readonly vscode.NotebookCellOutput[]): Set<string> {
  const named = new Set<string>();
  for (const item of outputs.flatMap(({ items }) => items)) eachPath(payloadOf(item), (file) => void named.add(file));
  return named;
}

/** The item with other names for the files in it; undefined when it names none of them. */
export function renamedFiles(item: vscode.NotebookCellOutputItem, names: ReadonlyMap<string, string>): vscode.NotebookCellOutputItem | undefined {
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
  return found ? vscode.NotebookCellOutputItem.json(payload, item.mime) : undefined;
}

/**
 * Brings files along when a notebook goes from one place to another, into its side folder there. What lies below the
 * new folder anyway stays where it is.
 *
 * @param named files as the outputs name them.
 * @param how `copy`: the old notebook still needs them; `move all`: also files of the side folder that no output names.
 * @returns the new name of each file whose name changes.
 */
export async function carryFiles(from: NotebookPlace, to: NotebookPlace, named: Iterable<string>, how: 'copy' | 'move' | 'move all'): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const name of named) {
    const file = path.resolve(from.folder, name);
    const inside = below(path.join(from.folder, from.sideFolder), file);
    const target = inside === undefined ? (below(to.folder, file) ?? `${to.sideFolder}/${path.basename(file)}`) : `${to.sideFolder}/${inside}`;
    if (below(from.folder, file) === undefined) continue; // a stranger's notebook names whatever it likes
    const there = path.join(to.folder, target);
    const arrived = (await isFile(there)) || ((await isFile(file)) && (await carry(file, there, inside !== undefined && how !== 'copy')));
    if (arrived && target !== name) names.set(name, target);
  }
  if (how === 'move all') await emptyInto(path.join(from.folder, from.sideFolder), path.join(to.folder, to.sideFolder));
  return names;
}

/** Moves or copies one file; false when it is too large to be copied. */
async function carry(file: string, target: string, moves: boolean): Promise<boolean> {
  if (!moves && (await stat(file)).size > largestCopy) return false;
  await mkdir(path.dirname(target), { recursive: true });
  if (moves && (await rename(file, target).then(() => true, () => false))) return true;
  // To another drive, or a copy: complete or not at all.
  const draft = `${target}.${process.pid}.part`;
  try {
    await cp(file, draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
  if (moves) await rm(file, { force: true });
  return true;
}

/** Moves what is left in a side folder, but for what is being written just now, and removes the folder when it is empty. */
async function emptyInto(folder: string, target: string): Promise<void> {
  if (folder === target) return;
  const left = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of left) {
    if (entry.name.endsWith('.part')) continue;
    if (entry.isDirectory()) await emptyInto(path.join(folder, entry.name), path.join(target, entry.name));
    else if (!(await isFile(path.join(target, entry.name)))) await carry(path.join(folder, entry.name), path.join(target, entry.name), true);
  }
  await rmdir(folder).catch(() => undefined);
}

/** The JSON of an output of ours; undefined for every other item. */
function payloadOf({ mime, data }: vscode.NotebookCellOutputItem): unknown {
  if (!mime.startsWith('application/vnd.frameloom.')) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch {
    return undefined; // edited by hand; it names no file that we could read
  }
}

/** Calls `found` for every `path` in a payload: clips and their sources, atlases of runs. */
function eachPath(value: unknown, found: (file: string, holder: { path: string }) => void): void {
  if (typeof value !== 'object' || value === null) return;
  const { path: file } = value as { path?: unknown };
  if (typeof file === 'string') found(file, value as { path: string });
  for (const part of Object.values(value)) eachPath(part, found);
}

/** A file's path below a folder, with `/`; undefined when it is elsewhere. */
function below(folder: string, file: string): string | undefined {
  const relative = path.relative(folder, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? undefined : relative.split(path.sep).join('/');
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then((found) => found.isFile(), () => false);
}

/** A file's name as the library writes it into the HTML form of an output. */
function inHtml(file: string): string {
  return encodeURI(file).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
