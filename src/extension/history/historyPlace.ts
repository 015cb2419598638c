import * as path from 'node:path';
import type * as vscode from 'vscode';
import { historyFolder, HistoryStore } from '../../pipeline/history/index.js';
import { placeOf } from '../notebook/sideFiles.js';

/** The history of a notebook. */
export function storeOf(notebook: vscode.NotebookDocument): HistoryStore {
  return new HistoryStore(filesOf(notebook));
}

/** The folder of a notebook's history, absolute; there may be none yet. */
export function historyOf(notebook: vscode.NotebookDocument): string {
  return historyFolder(filesOf(notebook));
}

function filesOf(notebook: vscode.NotebookDocument): { base: string; folder: string } {
  const { folder, sideFolder } = placeOf(notebook);
  return { base: folder, folder: path.join(folder, sideFolder) };
}
