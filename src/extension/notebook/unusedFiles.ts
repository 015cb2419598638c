import { readFile, readdir, stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { NOTEBOOK_TYPE } from '../identifiers.js';
import { placeOf } from './sideFiles.js';

/** A file that no notebook names. */
export interface UnusedFile {
  /** Absolute. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The files of a notebook's side folder that nothing needs: no notebook in its folder names them, as it is saved or as
 * it is open and not saved yet, in outputs or in text. So is what unsaved notebooks left in the folder that they share,
 * when none is open.
 */
export async function unusedFiles(notebook: vscode.NotebookDocument): Promise<UnusedFile[]> {
  const { folder, sideFolder } = placeOf(notebook);
  const unsaved = vscode.workspace.notebookDocuments.some(({ isUntitled, notebookType }) => isUntitled && notebookType === NOTEBOOK_TYPE);
  const folders = [sideFolder, ...(unsaved ? [] : ['.frameloom/untitled'])];
  const files = (await Promise.all(folders.map((side) => filesBelow(path.join(folder, side))))).flat();
  const texts = await textsOfNotebooks(folder);
  const unused = files.filter((file) => !texts.some((text) => names(text, path.basename(file))));
  return Promise.all(unused.map(async (file) => ({ file, size: (await stat(file)).size })));
}

/** Every notebook of the folder as saved, and every open one as it is. */
async function textsOfNotebooks(folder: string): Promise<string[]> {
  const saved = (await readdir(folder)).filter((name) => /\.ipynb$/i.test(name)).map((name) => readFile(path.join(folder, name), 'utf8'));
  const decoder = new TextDecoder();
  const open = vscode.workspace.notebookDocuments.flatMap((notebook) => notebook.getCells());
  const readable = /^text\/|json$/;
  return [
    ...(await Promise.all(saved)),
    ...open.map(({ document }) => document.getText()),
    ...open.flatMap(({ outputs }) => outputs.flatMap(({ items }) => items.filter(({ mime }) => readable.test(mime)).map(({ data }) => decoder.decode(data)))),
  ];
}

/** Names of files that we write are made of what they hold, so a name anywhere in a notebook is taken for a reference. */
function names(text: string, name: string): boolean {
  return [name, encodeURI(name), JSON.stringify(name).slice(1, -1)].some((form) => text.includes(form));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
