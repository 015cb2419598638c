import * as vscode from 'vscode';
import { signalOf } from './cancellation.js';
import type { CellPlace, Proposal } from './protocol.js';
import type { LanguageQuestions } from './languageQuestions.js';

/** After these, proposals come without being asked for. */
export const triggerCharacters = ['.', '"', "'", '`', '/', '@', '<', '#'];

/** A proposal that still has to be explained when it is selected. */
class CellCompletionItem extends vscode.CompletionItem {
  constructor(
    readonly proposal: Proposal,
    readonly place: CellPlace,
    document: vscode.TextDocument,
  ) {
    super(proposal.name, kinds[proposal.kind] ?? vscode.CompletionItemKind.Property);
    this.sortText = proposal.sortText;
    this.insertText = proposal.insertText;
    if (proposal.replace) {
      const { start, length } = proposal.replace;
      this.range = new vscode.Range(document.positionAt(start), document.positionAt(start + length));
      // What is typed so far is compared with what it replaces.
      this.filterText = document.getText(this.range).startsWith('.') ? `.${proposal.name}` : proposal.name;
    }
    if (proposal.deprecated) this.tags = [vscode.CompletionItemTag.Deprecated];
    if (proposal.kind === 'method' || proposal.kind === 'function' || proposal.kind === 'property')
      this.commitCharacters = ['.', ',', ';', '('];
  }
}

/** Completion in cells: names of all cells above, members, imports and the keys of options. */
export class CellCompletion implements vscode.CompletionItemProvider<CellCompletionItem> {
  constructor(private readonly questions: LanguageQuestions) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<CellCompletionItem[] | undefined> {
    const place = this.questions.placeOf(document, position);
    const proposals = place && (await this.questions.process.ask('complete', place, signalOf(token)));
    return proposals?.map((proposal) => new CellCompletionItem(proposal, place!, document));
  }

  async resolveCompletionItem(item: CellCompletionItem, token: vscode.CancellationToken): Promise<CellCompletionItem> {
    const explained = await this.questions.process.ask('explainProposal', { ...item.place, name: item.proposal.name }, signalOf(token));
    if (explained) {
      item.detail = explained.signature;
      item.documentation = new vscode.MarkdownString(explained.documentation);
    }
    return item;
  }
}

const { CompletionItemKind: Kind } = vscode;

/** TypeScript's words for what something is, as VS Code's icons. */
const kinds: Readonly<Record<string, vscode.CompletionItemKind>> = {
  keyword: Kind.Keyword,
  const: Kind.Constant,
  let: Kind.Variable,
  var: Kind.Variable,
  'local var': Kind.Variable,
  alias: Kind.Reference,
  parameter: Kind.Variable,
  property: Kind.Field,
  getter: Kind.Field,
  setter: Kind.Field,
  function: Kind.Function,
  'local function': Kind.Function,
  method: Kind.Method,
  construct: Kind.Method,
  enum: Kind.Enum,
  'enum member': Kind.EnumMember,
  module: Kind.Module,
  'external module name': Kind.Module,
  class: Kind.Class,
  type: Kind.Class,
  interface: Kind.Interface,
  'type parameter': Kind.TypeParameter,
  string: Kind.Constant,
  directory: Kind.Folder,
  script: Kind.File,
};
