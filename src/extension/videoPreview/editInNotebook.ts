import * as vscode from 'vscode';
import type { ClipFacts } from '../../shared/videoPreviewProtocol.js';
import { notebookWith } from '../commands/notebookContents.js';
import { EXTENSION_ID, NOTEBOOK_TYPE } from '../identifiers.js';
import { editingCells, promptCell } from './editingCells.js';
import type { FrameSpan } from './editingCells.js';
import { firstEditOf, knownSubjects } from './firstEdit.js';

/**
 * Opens a new notebook that loads the clip, or a range of it, and makes a first edit.
 *
 * @throws {Error} when the clip is not a file on the machine where notebooks run.
 */
export async function editInNotebook(clip: vscode.Uri, facts: ClipFacts | undefined, span: FrameSpan | undefined): Promise<void> {
  if (clip.scheme !== 'file')
    throw new Error(
      `Notebooks read videos that are files, and ${clip.path.split('/').at(-1)} is not one here (${clip.scheme}). Save it into a folder first.`,
    );
  const edit = firstEditOf(clip.fsPath, await knownSubjects(vscode.extensions.getExtension(EXTENSION_ID)!.extensionPath));
  const notebook = await vscode.workspace.openNotebookDocument(NOTEBOOK_TYPE, notebookWith(editingCells(clip.fsPath, edit, facts, span)));
  await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(promptCell, promptCell + 1)] });
  await select(notebook.cellAt(promptCell), edit.prompt);
}

/** Puts the cursor over words of a cell, so that the first key replaces them. */
async function select({ document }: vscode.NotebookCell, words: string): Promise<void> {
  await vscode.commands.executeCommand('notebook.cell.edit');
  const editorOfCell = (): vscode.TextEditor | undefined =>
    vscode.window.visibleTextEditors.find((candidate) => candidate.document === document);
  // The cell's editor comes a moment after the cell.
  for (const end = Date.now() + 2000; !editorOfCell() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 25));
  const editor = editorOfCell();
  const at = document.getText().indexOf(`'${words}'`) + 1;
  if (editor && at > 0) editor.selection = new vscode.Selection(document.positionAt(at), document.positionAt(at + words.length));
}
