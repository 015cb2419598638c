import * as vscode from 'vscode';
import type { LanguageProcess } from './languageProcess.js';

/** How long the person must have stopped typing. */
const pauseMs = 300;

/** The red squiggles in our notebooks: what the kernel would refuse a cell for, also across cells. */
export class Squiggles implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('frameloom');
  private readonly underWay = new Map<
    vscode.NotebookDocument,
    { timer?: NodeJS.Timeout; abort: AbortController; cells: readonly vscode.Uri[] }
  >();

  constructor(private readonly process: LanguageProcess) {}

  /** Looks at a notebook again, once the typing pauses. */
  refresh(notebook: vscode.NotebookDocument): void {
    const before = this.underWay.get(notebook);
    clearTimeout(before?.timer);
    before?.abort.abort();
    const abort = new AbortController();
    const timer = setTimeout(() => void this.look(notebook, abort.signal), pauseMs);
    this.underWay.set(notebook, { timer, abort, cells: before?.cells ?? [] });
  }

  /** Takes a notebook's squiggles away. */
  clear(notebook: vscode.NotebookDocument): void {
    const before = this.underWay.get(notebook);
    clearTimeout(before?.timer);
    before?.abort.abort();
    this.underWay.delete(notebook);
    for (const uri of before?.cells ?? []) this.collection.delete(uri);
  }

  dispose(): void {
    for (const notebook of [...this.underWay.keys()]) this.clear(notebook);
    this.collection.dispose();
  }

  private async look(notebook: vscode.NotebookDocument, signal: AbortSignal): Promise<void> {
    const found = await this.process.ask('diagnostics', { notebook: notebook.uri.toString() }, signal);
    const current = this.underWay.get(notebook);
    if (!found || signal.aborted || !current) return;
    const documents = new Map(notebook.getCells().map(({ document }) => [document.uri.toString(), document]));
    const seen: vscode.Uri[] = [];
    for (const { cell, diagnostics } of found) {
      const document = documents.get(cell);
      if (!document) continue;
      seen.push(document.uri);
      this.collection.set(
        document.uri,
        diagnostics.map(({ start, length, message, code }) => {
          const range = new vscode.Range(document.positionAt(start), document.positionAt(start + length));
          return Object.assign(new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error), { source: 'ts', code });
        }),
      );
    }
    // Cells that were deleted or changed their language keep nothing.
    for (const uri of current.cells) if (!seen.some((kept) => kept.toString() === uri.toString())) this.collection.delete(uri);
    this.underWay.set(notebook, { ...current, cells: seen });
  }
}
