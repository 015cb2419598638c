import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { carryFiles } from './carryFiles.js';
import { filesNamedIn, placeOf, renamedFiles } from './sideFiles.js';

/**
 * Brings the files that the outputs of a notebook name to where the notebook is now.
 *
 * A renamed notebook takes its side folder along. The first save takes what the outputs name out of the folder that all
 * unsaved notebooks share. Of what was saved under a second name the files are copied, for the first one needs them too.
 *
 * @returns the new names of files, for {@link restoreCells}.
 */
export function carryOutputs(from: vscode.NotebookDocument, to: vscode.NotebookDocument): Promise<Map<string, string>> {
  const shared = from.isUntitled && vscode.workspace.notebookDocuments.some((other) => other !== from && other.isUntitled);
  const how = from.isUntitled ? (shared ? 'copy' : 'move') : existsSync(from.uri.fsPath) ? 'copy' : 'move all';
  return carryFiles(placeOf(from), placeOf(to), filesNamedIn(from.getCells().flatMap(({ outputs }) => outputs)), how);
}

/**
 * Gives the cells of a notebook, but for those that run and see to it themselves, what a document that was just opened
 * lacks: how the cells ended and when, and the new names of files in their outputs. A notebook without unsaved changes
 * has none afterwards.
 */
export async function restoreCells(
  controller: vscode.NotebookController,
  from: vscode.NotebookDocument,
  to: vscode.NotebookDocument,
  names: ReadonlyMap<string, string>,
  runs: (cell: vscode.NotebookCell) => boolean,
): Promise<void> {
  const wasSaved = !to.isDirty;
  for (const [index, cell] of to.getCells().entries()) {
    const { executionSummary } = from.cellAt(index);
    if (runs(cell)) continue;
    const changed = cell.outputs.flatMap((output) => {
      const items = output.items.map((item) => renamedFiles(item, names));
      return items.some(Boolean) ? [{ output, items: items.map((item, index) => item ?? output.items[index]!) }] : [];
    });
    if (changed.length > 0 || executionSummary?.timing) await replaceItems(controller, cell, changed, executionSummary);
  }
  if (wasSaved && to.isDirty) await to.save();
}

/** VS Code changes outputs only within an execution; this one looks as if it were the one that made them. */
async function replaceItems(
  controller: vscode.NotebookController,
  cell: vscode.NotebookCell,
  changed: readonly { output: vscode.NotebookCellOutput; items: vscode.NotebookCellOutputItem[] }[],
  { executionOrder, success, timing }: vscode.NotebookCellExecutionSummary = {},
): Promise<void> {
  const execution = controller.createNotebookCellExecution(cell);
  execution.executionOrder = executionOrder;
  execution.start(timing?.startTime);
  await Promise.all(changed.map(({ output, items }) => execution.replaceOutputItems(items, output)));
  execution.end(success, timing?.endTime);
}
