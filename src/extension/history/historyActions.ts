import * as vscode from 'vscode';
import { clipFileName, type HistoryEntry } from '../../pipeline/history/index.js';
import type { FrameloomController } from '../notebook/controller.js';
import { fileBeside } from '../notebook/fileBeside.js';
import { insertCell } from '../notebook/insertCell.js';
import { placeOf } from '../notebook/sideFiles.js';
import { storeOf } from './historyPlace.js';
import { VIDEO_PREVIEW } from '../videoPreview/videoFiles.js';

/** What a person does with a run in the view of the history. */
export class HistoryActions {
  /** @param controller runs new cells. */
  constructor(private readonly controller: FrameloomController) {}

  /** Opens the clip's file in the video preview; a clip that was never shown has none, and is made again. */
  async open(notebook: vscode.NotebookDocument, id: string): Promise<void> {
    const { clip } = await entryOf(notebook, id);
    const relative = `${placeOf(notebook).sideFolder}/${clipFileName(clip.digest)}`;
    const file = await fileBeside(notebook, relative).catch(() => undefined);
    if (file === undefined) return this.remake(notebook, id);
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), VIDEO_PREVIEW);
  }

  /** Makes the clip again in a new cell at the end. */
  async remake(notebook: vscode.NotebookDocument, id: string): Promise<void> {
    const { id: known } = await entryOf(notebook, id);
    await this.runInNewCell(notebook, `import { history, show } from 'frameloom';\n\nawait show(await history.rerun('${known}'));`);
  }

  /** Two runs beside each other in a new cell at the end. */
  async compare(notebook: vscode.NotebookDocument, a: string, b: string): Promise<void> {
    const [{ id: first }, { id: second }] = [await entryOf(notebook, a), await entryOf(notebook, b)];
    await this.runInNewCell(
      notebook,
      `import { history, show } from 'frameloom';\n\nawait show(await history.compare('${first}', '${second}'));`,
    );
  }

  /** Puts the run's record on the clipboard. */
  async copySettings(notebook: vscode.NotebookDocument, id: string): Promise<void> {
    const { provenance } = await entryOf(notebook, id);
    await vscode.env.clipboard.writeText(JSON.stringify(provenance, null, 2));
    vscode.window.setStatusBarMessage('The settings of the run are on the clipboard.', 3000);
  }

  private async runInNewCell(notebook: vscode.NotebookDocument, code: string): Promise<void> {
    const at = notebook.cellCount;
    await insertCell(notebook, at, code);
    await this.controller.run(notebook, [notebook.cellAt(at)]);
  }
}

/** The run of an id, which came from the page. @throws {Error} with a sentence for the reader. */
async function entryOf(notebook: vscode.NotebookDocument, id: string): Promise<HistoryEntry> {
  const entry = await storeOf(notebook).read(id);
  if (!entry) throw new Error('This run is not in the history any more.');
  return entry;
}
