import * as assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { FrameloomApi } from '../../../src/extension/main.js';
import { notebookJson } from '../rig/workspace.js';
import type { TestCell } from '../rig/workspace.js';

/** Our extension, active. */
export async function theExtension(): Promise<FrameloomApi> {
  const extension = vscode.extensions.getExtension<FrameloomApi>('frameloom.frameloom');
  assert.ok(extension, 'the extension is installed');
  return extension.activate();
}

/** The folder of the window. */
export function workspaceFolder(): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, 'a folder is open');
  return folder;
}

let written = 0;

/** Writes a notebook for our kernel into the window's folder, opens and shows it. */
export async function openNotebook(cells: readonly TestCell[], name = `test-${++written}`): Promise<vscode.NotebookDocument> {
  const file = path.join(workspaceFolder(), `${name}.ipynb`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(notebookJson(cells)));
  // As a person does; a document that was opened through the API stays open for minutes after its editor is closed.
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'jupyter-notebook');
  const notebook = await until('the notebook is open', () => vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === file));
  await until('the notebook is in front', () => vscode.window.activeNotebookEditor?.notebook === notebook);
  await vscode.commands.executeCommand('notebook.selectKernel', { id: 'frameloom', extension: 'frameloom.frameloom' });
  return notebook;
}

/** Runs all cells and waits until none runs or waits. */
export async function runAll(notebook: vscode.NotebookDocument): Promise<void> {
  await vscode.commands.executeCommand('notebook.execute', notebook.uri);
  await settled(notebook);
}

/** Runs one cell and waits for it. */
export async function runCell(notebook: vscode.NotebookDocument, index: number): Promise<vscode.NotebookCell> {
  await startCell(notebook, index);
  await settled(notebook);
  return notebook.cellAt(index);
}

/** Starts one cell and returns at once. */
export async function startCell(notebook: vscode.NotebookDocument, index: number): Promise<void> {
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: index, end: index + 1 }], document: notebook.uri });
}

/** Waits until nothing of a notebook runs or waits. */
export async function settled(notebook: vscode.NotebookDocument): Promise<void> {
  const { controller } = await theExtension();
  const session = await until('the notebook has a session', () => controller.sessionOf(notebook));
  await until('every cell has ended', () => session.queue.running === undefined && session.queue.length === 0);
  // What ended last is still on its way to the document.
  await until('every end is in the document', () =>
    notebook.getCells().every(({ executionSummary }) => executionSummary?.executionOrder === undefined || executionSummary.timing),
  );
}

/** Waits until `ask` gives something; fails with `what` when that takes too long. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | PromiseLike<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  let refused: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      refused = error; // such as a cell that the window does not know yet
    }
    if (Date.now() > end) assert.fail(`It never happened that ${what}.${refused ? ` ${String(refused)}` : ''}`);
    await sleep(25);
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Everything that a cell shows as text: printed text, errors and plain values. */
export function textOf(cell: vscode.NotebookCell): string {
  const decoder = new TextDecoder();
  const readable = /^(text\/plain|application\/vnd\.code\.notebook\.(stdout|stderr|error))$/;
  return cell.outputs
    .flatMap(({ items }) => items.filter(({ mime }) => readable.test(mime)).map(({ data }) => decoder.decode(data)))
    .join('');
}

/** The MIME types of a cell's outputs, output by output. */
export function mimesOf(cell: vscode.NotebookCell): string[][] {
  return cell.outputs.map(({ items }) => items.map(({ mime }) => mime));
}

/** Closes every editor without saving. */
export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor').then(undefined, () => undefined);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
