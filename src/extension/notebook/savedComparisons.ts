import * as path from 'node:path';
import * as vscode from 'vscode';
import type { SaveComparison } from '../../shared/rendererMessages.js';
import { requireTrust } from '../trust.js';
import type { NotebookSession } from './notebookSession.js';
import { goneSentences } from './outputRun.js';
import { placeOf } from './sideFiles.js';

const dialogs: Readonly<Record<SaveComparison['kind'], { name: string; title: string; filters: Record<string, string[]> }>> = {
  sheet: { name: 'comparison.png', title: 'Save the Sheet', filters: { Picture: ['png'] } },
  video: { name: 'comparison.mp4', title: 'Save the Video', filters: { Video: ['mp4', 'webm', 'mov', 'mkv', 'gif'] } },
};

/**
 * Asks the person where a comparison is to be saved, and has its kernel save it there.
 *
 * @returns a sentence for the reader; undefined where the person took it back.
 * @throws {Error} with a sentence for the reader; {@link UntrustedFolderError}.
 */
export async function saveComparison(
  session: NotebookSession | undefined,
  comparisonId: string,
  kind: SaveComparison['kind'],
): Promise<string | undefined> {
  requireTrust();
  if (!session?.kernel.runningKernel()) throw new Error(goneSentences.saveComparison);
  const { folder } = placeOf(session.notebook);
  const { name, title, filters } = dialogs[kind];
  const chosen = await vscode.window.showSaveDialog({ title, filters, defaultUri: vscode.Uri.file(path.join(folder, name)) });
  if (!chosen) return undefined;
  if (chosen.scheme !== 'file') throw new Error('The comparison can be saved on this computer only: choose a folder of it.');
  const problem = await session.ask('saveComparison', { comparisonId, file: chosen.fsPath });
  if (problem !== undefined) throw new Error(problem);
  return `Saved as ${chosen.fsPath}.`;
}
