import * as vscode from 'vscode';
import type { Bundle } from '../../shared/kernelProtocol.js';
import { outputItems } from './outputItems.js';

/** The part of a `NotebookCellExecution` that changes outputs. */
export type OutputSink = Pick<vscode.NotebookCellExecution, 'appendOutput' | 'appendOutputItems' | 'replaceOutputItems' | 'clearOutput'>;

/** Outputs that can be replaced later, by the kernel's name for them; shared by all cells of a notebook. */
export type DisplayRegistry = Map<string, { readonly cell: vscode.NotebookCell; readonly output: vscode.NotebookCellOutput }>;

/** At most this often is the document changed while a cell runs. */
const intervalMs = 100;

type Change =
  | { kind: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { kind: 'append'; output: vscode.NotebookCellOutput }
  | { kind: 'clear' };

/**
 * The outputs of one run of a cell. Changes are gathered and written at most ten times a second, in order: printed text
 * grows one output for each stretch of a stream, a display that is updated keeps its place and only its items change.
 */
export class CellOutputs {
  private changes: Change[] = [];
  private readonly replacements = new Map<vscode.NotebookCellOutput, Bundle>();
  private stretch: { name: string; output: vscode.NotebookCellOutput } | undefined;
  private clearBeforeNext = false;
  private timer: NodeJS.Timeout | undefined;
  private lastFlush = 0;
  /** Times that the document was changed, for the tests and the log. */
  updates = 0;

  /**
   * @param cell where the outputs stand.
   * @param sink the running execution.
   * @param displays gets every output that has a name.
   */
  constructor(private readonly cell: vscode.NotebookCell, private readonly sink: OutputSink, private readonly displays: DisplayRegistry) {}

  /** Adds printed text. */
  print(name: 'stdout' | 'stderr', text: string): void {
    this.beforeOutput();
    const last = this.changes.at(-1);
    if (last?.kind === 'stream' && last.name === name) last.text += text;
    else this.changes.push({ kind: 'stream', name, text });
    this.schedule();
  }

  /** Adds an output; with an id it can be replaced later. */
  show(bundle: Bundle, displayId?: string): void {
    this.append(new vscode.NotebookCellOutput(outputItems(bundle)), displayId);
  }

  /** Adds an output that is ready made. */
  append(output: vscode.NotebookCellOutput, displayId?: string): void {
    this.beforeOutput();
    this.changes.push({ kind: 'append', output });
    if (displayId !== undefined) this.displays.set(displayId, { cell: this.cell, output });
    this.schedule();
  }

  /** Replaces what an output shows, in place; of several within a tenth of a second only the last is written. */
  replace(displayId: string, bundle: Bundle): void {
    const output = this.displays.get(displayId)?.output;
    if (!output) return this.show(bundle, displayId);
    this.replacements.set(output, bundle);
    this.schedule();
  }

  /** Empties the cell, now or when the next output comes. */
  clear(wait: boolean): void {
    this.clearBeforeNext = wait;
    if (wait) return;
    this.changes = [{ kind: 'clear' }];
    this.schedule();
  }

  /** Writes everything that is still to be written; to be awaited before the execution ends. */
  async finish(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.flush();
  }

  private beforeOutput(): void {
    if (!this.clearBeforeNext) return;
    this.clearBeforeNext = false;
    this.changes = [{ kind: 'clear' }];
  }

  private schedule(): void {
    if (this.timer) return;
    const wait = Math.max(0, this.lastFlush + intervalMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, wait);
  }

  private async flush(): Promise<void> {
    const changes = this.changes;
    const replacements = [...this.replacements];
    this.changes = [];
    this.replacements.clear();
    if (changes.length === 0 && replacements.length === 0) return;
    this.lastFlush = Date.now();
    this.updates++;
    // Not awaited one by one: VS Code sends what is asked for in one turn as one change of the document.
    const written = changes.map((change) => this.write(change));
    for (const [output, bundle] of replacements) written.push(Promise.resolve(this.sink.replaceOutputItems(outputItems(bundle), output)));
    await Promise.all(written);
  }

  private write(change: Change): Promise<void> {
    switch (change.kind) {
      case 'clear':
        this.stretch = undefined;
        return Promise.resolve(this.sink.clearOutput());
      case 'append':
        this.stretch = undefined;
        return Promise.resolve(this.sink.appendOutput(change.output));
      case 'stream': {
        const item = change.name === 'stdout' ? vscode.NotebookCellOutputItem.stdout(change.text) : vscode.NotebookCellOutputItem.stderr(change.text);
        if (this.stretch?.name === change.name) return Promise.resolve(this.sink.appendOutputItems(item, this.stretch.output));
        this.stretch = { name: change.name, output: new vscode.NotebookCellOutput([item]) };
        return Promise.resolve(this.sink.appendOutput(this.stretch.output));
      }
    }
  }
}
