import * as vscode from 'vscode';
import { signalOf } from './cancellation.js';
import { explanationMarkdown } from './explanation.js';
import type { LanguageQuestions } from './languageQuestions.js';

/** Hovers in cells: what something is, with its documentation. */
export class CellHover implements vscode.HoverProvider {
  constructor(private readonly questions: LanguageQuestions) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const place = this.questions.placeOf(document, position);
    const found = place && (await this.questions.process.ask('hover', place, signalOf(token)));
    if (!found) return undefined;
    return new vscode.Hover(
      explanationMarkdown(found),
      new vscode.Range(document.positionAt(found.start), document.positionAt(found.start + found.length)),
    );
  }
}
