import * as vscode from 'vscode';
import { CELL_LANGUAGE } from '../identifiers.js';

/** Writes a new code cell into a notebook and brings it into sight. @param at its place, counted from 0. */
export async function insertCell(notebook: vscode.NotebookDocument, at: number, code: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [
    vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, CELL_LANGUAGE)]),
  ]);
  await vscode.workspace.applyEdit(edit);
  const place = new vscode.NotebookRange(at, at + 1);
  const editor = await vscode.window.showNotebookDocument(notebook, { selections: [place] });
  editor.revealRange(place);
}
