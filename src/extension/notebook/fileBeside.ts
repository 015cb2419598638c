import { realpath } from 'node:fs/promises';
import * as path from 'node:path';
import type * as vscode from 'vscode';

/**
 * The file that an output names, if it lies in or below the notebook's folder. The name comes out of a document that a
 * stranger may have made, so links that lead out of the folder are followed and refused too.
 * @throws {Error} with a sentence for the reader.
 */
export async function fileBeside(notebook: vscode.NotebookDocument, relative: string): Promise<string> {
  if (notebook.uri.scheme !== 'file') throw new Error('Save the notebook first: its videos lie beside it.');
  const folder = await realpath(path.dirname(notebook.uri.fsPath));
  const wanted = path.resolve(folder, relative);
  if (path.isAbsolute(relative) || !isInside(folder, wanted))
    throw new Error('The output names a file outside of the folder of the notebook.');
  const file = await realpath(wanted).catch(() => {
    throw new Error(`${relative} is not there any more. Run the cell again to make it anew.`);
  });
  if (!isInside(folder, file)) throw new Error('The output names a link to a file outside of the folder of the notebook.');
  return file;
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
