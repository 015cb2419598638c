import * as vscode from 'vscode';
import type { Explanation } from './protocol.js';

/** A declaration with its documentation, as hovers show it. Documentation is text of others: no commands, no HTML. */
export function explanationMarkdown({ signature, documentation }: Explanation): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  if (signature) text.appendCodeblock(signature, 'typescript');
  if (documentation) text.appendMarkdown(documentation);
  return text;
}
