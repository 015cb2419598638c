import * as path from 'node:path';
import * as vscode from 'vscode';
import { isHistoryFile } from '../../pipeline/history/index.js';
import { NOTEBOOK_TYPE } from '../identifiers.js';
import type { FrameloomController } from '../notebook/controller.js';
import { placeOf, untitledSideFolder } from '../notebook/sideFiles.js';
import { unusedFiles } from '../notebook/unusedFiles.js';
import type { UnusedFile } from '../notebook/unusedFiles.js';
import { requireTrust } from '../trust.js';

/** So many files are named in the question; the rest is counted. */
const mostNamed = 10;

/**
 * Moves the files of the notebook in front that no output shows any more to the trash, after it said which. The notes of its history are
 * files that no output shows, too; they go only where the person says so.
 */
export async function cleanUpNotebookFiles(controller: FrameloomController): Promise<void> {
  requireTrust();
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook?.uri.scheme !== 'file') return say('Open a saved notebook first: its files lie beside it.');
  if (controller.sessionOf(notebook)?.queue.running) return say('A cell is running and may be writing files. Clean up when it has ended.');
  const chosen = await chosenFiles(await unusedFilesOf(notebook), notebook);
  if (chosen.length === 0) return;
  const kept = await removed(chosen, true);
  if (kept.length === 0) return say(`${counted(chosen)} moved to the trash.`);
  const forever = 'Delete Permanently';
  const insist = await vscode.window.showWarningMessage(
    `${counted(kept)} cannot be moved to a trash here. Delete ${kept.length === 1 ? 'it' : 'them'} permanently?`,
    { modal: true, detail: 'This cannot be undone. The clips can be made anew by running their cells with the same seed.' },
    forever,
  );
  if (insist !== forever) return;
  const left = await removed(kept, false);
  if (left.length > 0)
    throw new Error(
      `${counted(left)} could not be deleted; another program may have them open: ${left.map(({ file }) => path.basename(file)).join(', ')}`,
    );
  return say(`${counted(kept)} deleted.`);
}

/** Asks which of the files that no output shows are to go; none where there are none, or the person wants them kept. */
async function chosenFiles(unused: readonly UnusedFile[], notebook: vscode.NotebookDocument): Promise<readonly UnusedFile[]> {
  const name = path.basename(notebook.uri.fsPath);
  const notes = unused.filter(({ file }) => isHistoryFile(file));
  const files = unused.filter((file) => !notes.includes(file));
  if (unused.length === 0) {
    await say(`Every file beside ${name} is shown by one of its outputs: there is nothing to clean up.`);
    return [];
  }
  const trash = 'Move to Trash';
  const withNotes = files.length === 0 ? 'Forget the History' : 'With the History';
  const history =
    notes.length === 0 ? '' : `\n\nIts history remembers ${notes.length} ${notes.length === 1 ? 'run' : 'runs'} (${sizeOf(notes)}).`;
  const question =
    files.length === 0
      ? `Every other file beside ${name} is shown by one of its outputs. Forget its history?`
      : `${counted(files)} of ${name} ${files.length === 1 ? 'is' : 'are'} not shown by any output. Move ${files.length === 1 ? 'it' : 'them'} to the trash?`;
  const answer = await vscode.window.showWarningMessage(
    question,
    { modal: true, detail: `${listed(files, path.dirname(notebook.uri.fsPath))}${history}`.trim() },
    ...(files.length > 0 ? [trash] : []),
    ...(notes.length > 0 ? [withNotes] : []),
  );
  return answer === trash ? files : answer === withNotes ? unused : [];
}

/** What unsaved notebooks left in the folder that they share is nobody's when none is open. */
function unusedFilesOf(notebook: vscode.NotebookDocument): Promise<UnusedFile[]> {
  const { folder, sideFolder } = placeOf(notebook);
  const open = vscode.workspace.notebookDocuments;
  const unsaved = open.some(({ isUntitled, notebookType }) => isUntitled && notebookType === NOTEBOOK_TYPE);
  return unusedFiles(
    folder,
    [sideFolder, ...(unsaved ? [] : [untitledSideFolder])],
    open.flatMap((each) => each.getCells()).flatMap(textsOf),
  );
}

/** What a cell says and shows. */
function textsOf({ document, outputs }: vscode.NotebookCell): string[] {
  const decoder = new TextDecoder();
  const readable = outputs.flatMap(({ items }) => items.filter(({ mime }) => /^text\/|json$/.test(mime)));
  return [document.getText(), ...readable.map(({ data }) => decoder.decode(data))];
}

/** Deletes files; gives those that could not be. */
async function removed(files: readonly UnusedFile[], useTrash: boolean): Promise<UnusedFile[]> {
  const outcomes = await Promise.all(
    files.map(({ file }) =>
      Promise.resolve(vscode.workspace.fs.delete(vscode.Uri.file(file), { useTrash })).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => !outcomes[index]);
}

function counted(files: readonly UnusedFile[]): string {
  return `${files.length} ${files.length === 1 ? 'file' : 'files'} (${sizeOf(files)})`;
}

function sizeOf(files: readonly UnusedFile[]): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function listed(files: readonly UnusedFile[], folder: string): string {
  const lines = files.slice(0, mostNamed).map(({ file }) => path.relative(folder, file));
  return [...lines, ...(files.length > mostNamed ? [`and ${files.length - mostNamed} more`] : [])].join('\n');
}

async function say(message: string): Promise<void> {
  void vscode.window.showInformationMessage(message);
}
