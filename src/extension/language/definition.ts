import * as vscode from 'vscode';
import { signalOf } from './cancellation.js';
import type { LanguageQuestions } from './languageQuestions.js';

/** "Go to Definition" in cells: the cell that declares a name, or the library's declarations. */
export class CellDefinition implements vscode.DefinitionProvider {
  constructor(private readonly questions: LanguageQuestions) {}

  async provideDefinition(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Location[]> {
    const place = this.questions.placeOf(document, position);
    const found = (place && (await this.questions.process.ask('definition', place, signalOf(token)))) ?? [];
    return Promise.all(
      found.map(async (where) => {
        if (where.kind === 'file')
          return new vscode.Location(vscode.Uri.file(where.file), new vscode.Position(where.line, where.character));
        const cell = await vscode.workspace.openTextDocument(vscode.Uri.parse(where.cell));
        return new vscode.Location(cell.uri, new vscode.Range(cell.positionAt(where.start), cell.positionAt(where.start + where.length)));
      }),
    );
  }
}
