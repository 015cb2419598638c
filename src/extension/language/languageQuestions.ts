import type * as vscode from 'vscode';
import type { LanguageProcess } from './languageProcess.js';
import type { CellPlace } from './protocol.js';

/** Where a provider's question goes: the place as the language process knows it, with the notebook's cells brought up to date. */
export interface LanguageQuestions {
  readonly process: LanguageProcess;
  /** The place of a position, or undefined when the cell is not in a notebook of ours. */
  placeOf(document: vscode.TextDocument, position: vscode.Position): CellPlace | undefined;
}
