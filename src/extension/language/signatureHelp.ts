import * as vscode from 'vscode';
import { signalOf } from './cancellation.js';
import type { LanguageQuestions } from './languageQuestions.js';

/** After these, the parameters of a call are shown. */
export const signatureTriggers = ['(', ',', '<'];

/** The parameters of the call that the cursor is in. */
export class CellSignatureHelp implements vscode.SignatureHelpProvider {
  constructor(private readonly questions: LanguageQuestions) {}

  async provideSignatureHelp(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.SignatureHelp | undefined> {
    const place = this.questions.placeOf(document, position);
    const found = place && (await this.questions.process.ask('signatures', place, signalOf(token)));
    if (!found) return undefined;
    const help = new vscode.SignatureHelp();
    help.activeSignature = found.active;
    help.activeParameter = found.parameter;
    help.signatures = found.signatures.map(({ signature, documentation, parameters }) => {
      const information = new vscode.SignatureInformation(signature, new vscode.MarkdownString(documentation));
      information.parameters = parameters.map(
        ({ label, documentation: text }) => new vscode.ParameterInformation(label, new vscode.MarkdownString(text)),
      );
      return information;
    });
    return help;
  }
}
