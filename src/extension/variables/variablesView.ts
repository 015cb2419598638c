import * as vscode from 'vscode';
import type { Variable } from '../../shared/kernelProtocol.js';
import type { TreeEntry, TreeNode } from '../../shared/outputs/index.js';
import { VARIABLES_VIEW, commandIds } from '../identifiers.js';
import type { FrameloomController } from '../notebook/controller.js';
import { entryItem, variableItem } from './variableItems.js';

/** A line of the view: a variable of the notebook, or something inside of one. */
type Line = { readonly variable: Variable } | { readonly entry: TreeEntry };

/** Set while a notebook of ours is in front: the view is shown then. */
const inFront = 'frameloom.notebookInFront';

/**
 * The view "Frameloom: Variables": what the kernel of the notebook in front holds, asked for when no cell runs. Objects
 * open into what is in them; a button shows a value in a new cell, with a player or pictures.
 */
export class VariablesView implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  /** Fires when the list is to be asked for again. */
  readonly onDidChangeTreeData = this.changes.event;
  private readonly view: vscode.TreeView<Line>;
  private readonly subscriptions: vscode.Disposable[];
  /** What a busy kernel said last: it answers when its cell ends. */
  private last: { readonly pid: number | undefined; readonly lines: Line[] } | undefined;

  constructor(private readonly controller: FrameloomController) {
    this.view = vscode.window.createTreeView(VARIABLES_VIEW, { treeDataProvider: this });
    const refresh = (): void => this.refresh();
    this.subscriptions = [
      this.view,
      this.changes,
      controller.onDidChange(refresh),
      vscode.window.onDidChangeActiveNotebookEditor(refresh),
      this.view.onDidChangeVisibility(refresh),
      vscode.commands.registerCommand(commandIds.showVariable, (line: Line) => this.showInCell(line)),
    ];
    refresh();
  }

  /** The lines below a line, or the variables. */
  async getChildren(line?: Line): Promise<Line[]> {
    const kernel = this.kernel?.runningKernel();
    if (!kernel || (!line && this.kernel?.state.kind !== 'idle')) return line ? [] : this.remembered();
    // A kernel that ends meanwhile has no variables any more, and the view is told of that by itself.
    if (!line) return this.remember(await kernel.main.request('variables', null).catch(() => []));
    const root = 'entry' in line ? line.entry.value : await kernel.main.request('variable', { name: line.variable.name }).catch(() => null);
    return entriesOf(root);
  }

  getTreeItem(line: Line): vscode.TreeItem {
    return 'entry' in line ? entryItem(line.entry) : variableItem(line.variable);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private get notebook(): vscode.NotebookDocument | undefined {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    return notebook && this.controller.isOurs(notebook) ? notebook : undefined;
  }

  private get kernel() {
    return this.controller.sessionOf(this.notebook)?.kernel;
  }

  private refresh(): void {
    void vscode.commands.executeCommand('setContext', inFront, this.notebook !== undefined);
    const state = this.kernel?.state.kind ?? 'none';
    this.view.message =
      state === 'none' || state === 'dead' ? 'The kernel is not running: run a cell to see its variables here.' : undefined;
    if (this.view.visible && state !== 'busy') this.changes.fire();
  }

  private remember(variables: readonly Variable[]): Line[] {
    // Newest first: what the last cell made is what one looks for.
    const lines = variables.map((variable) => ({ variable })).reverse();
    this.last = { pid: this.kernel?.pid, lines };
    return lines;
  }

  private remembered(): Line[] {
    return this.last && this.last.pid !== undefined && this.last.pid === this.kernel?.pid ? this.last.lines : [];
  }

  /** Runs a new cell with the variable's name below the selected cell. */
  private async showInCell(line: Line): Promise<void> {
    const editor = vscode.window.activeNotebookEditor;
    if (!editor || !('variable' in line)) return;
    const at = Math.min(editor.selection.end, editor.notebook.cellCount);
    const edit = new vscode.WorkspaceEdit();
    edit.set(editor.notebook.uri, [
      vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, line.variable.name, 'typescript')]),
    ]);
    await vscode.workspace.applyEdit(edit);
    editor.selection = new vscode.NotebookRange(at, at + 1);
    editor.revealRange(editor.selection);
    await this.controller.run(editor.notebook, [editor.notebook.cellAt(at)]);
  }
}

function entriesOf(node: TreeNode | null): Line[] {
  if (node?.kind !== 'branch') return [];
  const rest: Line[] = node.omitted ? [{ entry: { key: '…', value: { kind: 'cut', reason: 'size', text: `${node.omitted} more` } } }] : [];
  return [...node.entries.map((entry) => ({ entry })), ...rest];
}
