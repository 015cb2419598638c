import * as path from 'node:path';
import * as vscode from 'vscode';
import { CELL_LANGUAGE, NOTEBOOK_TYPE } from '../identifiers.js';
import type { Log } from '../log.js';
import type { FrameloomController } from '../notebook/controller.js';
import { CellCompletion, triggerCharacters } from './completion.js';
import { CellDefinition } from './definition.js';
import { CellHover } from './hover.js';
import { LanguageProcess } from './languageProcess.js';
import type { LanguageQuestions } from './languageQuestions.js';
import { mirrored, watchNotebooks } from './notebookMirror.js';
import type { CellPlace } from './protocol.js';
import { CellSignatureHelp, signatureTriggers } from './signatureHelp.js';
import { Squiggles } from './squiggles.js';
import { quietBuiltInHelp } from './quietBuiltInHelp.js';

/** Completion, hover, signatures, definitions and squiggles in the cells of our notebooks. */
export class WritingHelp implements vscode.Disposable, LanguageQuestions {
  readonly process: LanguageProcess;
  private readonly subscriptions: vscode.Disposable[];
  private readonly squiggles: Squiggles;
  private readonly helped = new Set<vscode.NotebookDocument>();

  constructor(
    extensionFolder: string,
    private readonly controller: FrameloomController,
    log: Log,
  ) {
    this.process = new LanguageProcess(
      path.join(extensionFolder, 'dist', 'languageServer.js'),
      async (peer) => {
        for (const notebook of this.helped) await peer.request('update', mirrored(notebook));
      },
      log,
    );
    this.squiggles = new Squiggles(this.process);
    // Not by `notebookType`: VS Code does not know a cell's notebook yet when it asks. `placeOf` lets only ours through.
    const cells: vscode.DocumentFilter = { language: CELL_LANGUAGE, scheme: 'vscode-notebook-cell' };
    this.subscriptions = [
      this.process,
      this.squiggles,
      quietBuiltInHelp(controller, log),
      vscode.languages.registerCompletionItemProvider(cells, new CellCompletion(this), ...triggerCharacters),
      vscode.languages.registerHoverProvider(cells, new CellHover(this)),
      vscode.languages.registerSignatureHelpProvider(cells, new CellSignatureHelp(this), ...signatureTriggers),
      vscode.languages.registerDefinitionProvider(cells, new CellDefinition(this)),
      watchNotebooks(
        (notebook) => this.refresh(notebook),
        (notebook) => this.forget(notebook),
      ),
      controller.onDidChange(() => this.refreshAll()),
    ];
    this.refreshAll();
  }

  placeOf(document: vscode.TextDocument, position: vscode.Position): CellPlace | undefined {
    const uri = document.uri.toString();
    for (const notebook of this.helped) {
      if (notebook.getCells().some((cell) => cell.document === document))
        return { notebook: notebook.uri.toString(), cell: uri, offset: document.offsetAt(position) };
    }
    return undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Notebooks come and go to other kernels, whose language may be another. */
  private refreshAll(): void {
    for (const notebook of vscode.workspace.notebookDocuments) {
      const ours = this.controller.isOurs(notebook);
      if (ours && !this.helped.has(notebook)) this.refresh(notebook);
      else if (!ours && this.helped.has(notebook)) this.forget(notebook);
    }
  }

  private refresh(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE || !this.controller.isOurs(notebook)) return;
    this.helped.add(notebook);
    // Sent at once, so that a question that follows is about these cells: the wire keeps the order.
    void this.process.ask('update', mirrored(notebook));
    this.squiggles.refresh(notebook);
  }

  private forget(notebook: vscode.NotebookDocument): void {
    if (!this.helped.delete(notebook)) return;
    this.squiggles.clear(notebook);
    if (this.process.isRunning) void this.process.ask('close', { notebook: notebook.uri.toString() });
  }
}
