import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CELL_LANGUAGE } from '../identifiers.js';
import type { LanguageContract } from './protocol.js';

/** A notebook as the language process wants it. */
export type MirroredNotebook = LanguageContract['requests']['update']['params'];

/** The notebook's TypeScript cells as they are now. */
export function mirrored(notebook: vscode.NotebookDocument): MirroredNotebook {
  const cells = notebook
    .getCells()
    .filter(({ kind, document }) => kind === vscode.NotebookCellKind.Code && document.languageId === CELL_LANGUAGE);
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? os.homedir();
  return {
    notebook: notebook.uri.toString(),
    folder: notebook.uri.scheme === 'file' ? path.dirname(notebook.uri.fsPath) : folder,
    cells: cells.map(({ document }) => ({ uri: document.uri.toString(), text: document.getText() })),
  };
}

/** Calls `changed` when a notebook's cells or their text changed, and `closed` when it is gone. */
export function watchNotebooks(
  changed: (notebook: vscode.NotebookDocument) => void,
  closed: (notebook: vscode.NotebookDocument) => void,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenNotebookDocument(changed),
    vscode.workspace.onDidCloseNotebookDocument(closed),
    vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges, cellChanges }) => {
      // Outputs change many times a second while a cell runs; they are none of our business.
      if (contentChanges.length > 0 || cellChanges.some(({ document }) => document !== undefined)) changed(notebook);
    }),
  );
}
