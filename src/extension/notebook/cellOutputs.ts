import * as vscode from 'vscode';
import type { Bundle } from '../../shared/outputs/index.js';
import { outputItems } from './outputItems.js';

/** The part of a `NotebookCellExecution` that changes outputs. */
export type OutputSink = Pick<vscode.NotebookCellExecution, 'appendOutput' | 'appendOutputItems' | 'replaceOutput' | 'replaceOutputItems'>;

/** An output that can be replaced later. */
export interface Display {
  readonly cell: vscode.NotebookCell;
  readonly output: vscode.NotebookCellOutput;
  /** Which output of the cell it is. */
  readonly index: number;
}

/** Outputs that can be replaced later, by the kernel's name for them; shared by all cells of a notebook. */
export type DisplayRegistry = Map<string, Display>;

/** At most this often is the document changed while a cell runs. */
const intervalMs = 100;

type Change =
  { kind: 'stream'; name: 'stdout' | 'stderr'; text: string } | { kind: 'append'; output: vscode.NotebookCellOutput; displayId?: string };

/**
 * The outputs of one run of a cell. Changes are gathered and written at most ten times a second, in order: printed text
 * grows one output for each stretch of a stream, a display that is updated keeps its place and only its items change.
 * When the notebook goes on in another document they go on there.
 */
export class CellOutputs {
  private changes: Change[] = [];
  private readonly replacements = new Map<string, Bundle>();
  private stretch: { readonly name: string; readonly output: vscode.NotebookCellOutput; text: string } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lastFlush = 0;
  private written: Promise<unknown> = Promise.resolve();
  private held: { readonly released: Promise<void>; readonly release: () => void } | undefined;
  /** What the cell shows, as it was written. */
  private shown: vscode.NotebookCellOutput[] = [];
  /** Times that the document was changed, for the tests and the log. */
  updates = 0;

  /**
   * @param cell where the outputs stand.
   * @param sink the running execution.
   * @param displays gets every output that has a name.
   */
  constructor(
    private cell: vscode.NotebookCell,
    private sink: OutputSink,
    private readonly displays: DisplayRegistry,
  ) {}

  /** Adds printed text. */
  print(name: 'stdout' | 'stderr', text: string): void {
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
    this.changes.push({ kind: 'append', output, ...(displayId === undefined ? {} : { displayId }) });
    if (displayId !== undefined) this.displays.set(displayId, { cell: this.cell, output, index: -1 });
    this.schedule();
  }

  /** Replaces what an output shows, in place; of several within a tenth of a second only the last is written. */
  replace(displayId: string, bundle: Bundle): void {
    if (!this.displays.has(displayId)) return this.show(bundle, displayId);
    this.replacements.set(displayId, bundle);
    this.schedule();
  }

  /** Writes everything that is still to be written; to be awaited before the execution ends. */
  async finish(): Promise<void> {
    await this.held?.released;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.flush();
  }

  /** Writes nothing more until it is told where to go on; resolves when what was under way is written. */
  async hold(): Promise<void> {
    if (!this.held) {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      this.held = { released, release };
    }
    await this.written;
  }

  /** Goes on in another document, or in another execution of the same cell, with what the cell shows now. */
  continueIn(
    cell: vscode.NotebookCell,
    sink: OutputSink,
    renamed: (item: vscode.NotebookCellOutputItem) => vscode.NotebookCellOutputItem,
  ): void {
    for (const [displayId, display] of this.displays) if (display.cell === this.cell) this.displays.set(displayId, { ...display, cell });
    for (const output of this.shown) output.items = output.items.map(renamed);
    this.cell = cell;
    this.sink = sink;
    const goOn = (): void => {
      this.held?.release();
      this.held = undefined;
      this.schedule();
    };
    // Text that is added in the same turn is seen twice by extensions (VS Code 1.139), though the document is right.
    this.written = Promise.resolve(sink.replaceOutput(this.shown)).then(goOn, goOn);
  }

  private schedule(): void {
    if (this.timer || this.held) return;
    const wait = Math.max(0, this.lastFlush + intervalMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, wait);
  }

  private async flush(): Promise<void> {
    if (this.held) return;
    const changes = this.changes;
    const replacements = [...this.replacements];
    this.changes = [];
    this.replacements.clear();
    if (changes.length === 0 && replacements.length === 0) return;
    this.lastFlush = Date.now();
    this.updates++;
    // Not awaited one by one: VS Code sends what is asked for in one turn as one change of the document.
    const written = changes.map((change) => this.write(change));
    for (const [displayId, bundle] of replacements) {
      const output = this.displays.get(displayId)?.output;
      if (!output) continue;
      output.items = outputItems(bundle);
      written.push(Promise.resolve(this.sink.replaceOutputItems(output.items, output)));
    }
    this.written = Promise.all(written);
    await this.written;
  }

  private write(change: Change): Promise<void> {
    switch (change.kind) {
      case 'append':
        this.stretch = undefined;
        if (change.displayId !== undefined)
          this.displays.set(change.displayId, { cell: this.cell, output: change.output, index: this.shown.length });
        this.shown.push(change.output);
        return Promise.resolve(this.sink.appendOutput(change.output));
      case 'stream': {
        const item = vscode.NotebookCellOutputItem[change.name];
        const { stretch } = this;
        if (stretch?.name === change.name) {
          stretch.text += change.text;
          stretch.output.items = [item(stretch.text)];
          return Promise.resolve(this.sink.appendOutputItems(item(change.text), stretch.output));
        }
        this.stretch = { name: change.name, output: new vscode.NotebookCellOutput([item(change.text)]), text: change.text };
        this.shown.push(this.stretch.output);
        return Promise.resolve(this.sink.appendOutput(this.stretch.output));
      }
    }
  }
}
