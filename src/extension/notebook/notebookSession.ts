import type * as vscode from 'vscode';
import type { KernelContract } from '../../shared/kernelProtocol.js';
import type { InterruptedWork, KernelLaunch } from '../../kernelHost/index.js';
import { KernelSession } from '../kernel/kernelSession.js';
import type { KernelEventListener, KernelEvents } from '../kernel/kernelSession.js';
import type { Log } from '../log.js';
import { CellOutputs } from './cellOutputs.js';
import type { DisplayRegistry } from './cellOutputs.js';
import { CellQueue } from './cellQueue.js';
import { CellRun } from './cellRun.js';
import type { CellRunContext } from './cellRun.js';
import { OutputRun } from './outputRun.js';
import { renamedFiles } from './sideFiles.js';

/** Everything that belongs to one open notebook: its kernel, its queue of cells and the displays that may still change. */
export class NotebookSession implements vscode.Disposable {
  /** The notebook's kernel. */
  readonly kernel: KernelSession;
  /** Its cells that run or wait. */
  readonly queue = new CellQueue();
  private readonly displays: DisplayRegistry = new Map();
  private order = 0;
  /** While the notebook may be about to move: what is to be written into the document afterwards. */
  private afterMove: (() => void)[] | undefined;

  /**
   * @param launch gives the kernel's script, environment and folder of the moment.
   * @param onPreview gets the pixels of live previews, for the renderer.
   */
  constructor(
    private document: vscode.NotebookDocument,
    private readonly controller: vscode.NotebookController,
    launch: () => KernelLaunch,
    private readonly onPreview: (pixels: KernelEvents['preview']) => void,
    private readonly log: Log,
  ) {
    this.kernel = new KernelSession(launch, this.onKernelEvent, () => this.workUnderWay(), log);
  }

  /** The document in which the notebook is now. */
  get notebook(): vscode.NotebookDocument {
    return this.document;
  }

  /** The run that is under way. */
  get runningCell(): CellRun | undefined {
    const { running } = this.queue;
    return running instanceof CellRun ? running : undefined;
  }

  /** True while a cell runs or waits. */
  isQueued(cell: vscode.NotebookCell): boolean {
    return this.runs.some((run) => run.cell === cell);
  }

  /** Puts cells at the end of the queue, in the order given. */
  run(cells: readonly vscode.NotebookCell[]): void {
    const context: CellRunContext = { kernel: this.kernel, displays: this.displays, log: this.log, nextOrder: () => this.nextOrder() };
    this.queue.add(...cells.map((cell) => new CellRun(cell, this.controller, context)));
  }

  /** Does what an output asks for, when what waits before it has run. @returns a sentence for the reader where it was not done. */
  ask<R extends 'tune' | 'saveComparison'>(request: R, params: KernelContract['requests'][R]['params']): Promise<string | undefined> {
    return new Promise((resolve) => this.queue.add(new OutputRun(this.kernel, request, params, resolve)));
  }

  /** The cell that shows a display; undefined where none does any more. */
  cellShowing(displayId: string): vscode.NotebookCell | undefined {
    const cell = this.displays.get(displayId)?.cell;
    return cell && cell.index >= 0 ? cell : undefined;
  }

  /** Writes nothing more into the document, which may be about to move; what runs runs on. */
  async hold(): Promise<void> {
    this.afterMove ??= [];
    await Promise.all(this.runs.map((run) => run.hold()));
  }

  /**
   * Goes on in the document where the notebook is now, which may be the same.
   *
   * @param names the new names of files in the side folder.
   */
  continueIn(notebook: vscode.NotebookDocument, names: ReadonlyMap<string, string> = new Map()): void {
    const before = this.document.getCells();
    const twin = (cell: vscode.NotebookCell): vscode.NotebookCell => notebook.cellAt(before.indexOf(cell));
    this.document = notebook;
    const running = this.runs.map((run) => run.cell);
    for (const run of this.runs) run.continueIn(twin(run.cell), (item) => renamedFiles(item, names) ?? item);
    for (const [displayId, { cell, index }] of this.displays) {
      if (!before.includes(cell) || running.includes(cell)) continue;
      const output = twin(cell).outputs[index];
      if (output) this.displays.set(displayId, { cell: twin(cell), output, index });
      else this.displays.delete(displayId);
    }
    const late = this.afterMove ?? [];
    this.afterMove = undefined;
    for (const write of late) write();
  }

  /** Ends the kernel and everything that waits; the next run starts a fresh one. */
  async restart(): Promise<void> {
    this.queue.clear();
    await this.kernel.stop();
    this.displays.clear();
    this.order = 0;
  }

  /** Starts a kernel ahead of the first cell. */
  async start(): Promise<void> {
    await this.kernel.kernel();
  }

  dispose(): void {
    this.queue.clear();
    this.kernel.dispose();
  }

  private get runs(): readonly CellRun[] {
    return this.queue.runs.filter((run) => run instanceof CellRun);
  }

  /** Fresh variables, fresh numbers: as in every notebook. */
  private nextOrder(): number {
    const { kind } = this.kernel.state;
    if (kind === 'none' || kind === 'dead') this.order = 0;
    return ++this.order;
  }

  private readonly onKernelEvent: KernelEventListener = (event, params) => {
    const message = { event, params } as { [E in keyof KernelEvents]: { event: E; params: KernelEvents[E] } }[keyof KernelEvents];
    switch (message.event) {
      case 'preview':
        return this.onPreview(message.params);
      case 'updateDisplay':
        return this.updateDisplay(message.params);
      case 'stream':
        return this.outputsOf(message.params.cellId)?.print(message.params.name, message.params.text);
      case 'display':
        return this.outputsOf(message.params.cellId)?.show(message.params.bundle, message.params.displayId);
    }
  };

  /** What a cell prints after it ended (from a timer, say) goes to the cell that runs now, as in Jupyter; else to the log. */
  private outputsOf(cellId: string): CellOutputs | undefined {
    const outputs = this.runningCell?.outputs;
    if (!outputs) this.log.info(`An output of ${cellId} came after its cell had ended and was dropped.`);
    return outputs;
  }

  private updateDisplay(update: KernelEvents['updateDisplay']): void {
    const { displayId, bundle } = update;
    const running = this.runningCell?.outputs;
    if (running) return running.replace(displayId, bundle);
    if (this.afterMove) return void this.afterMove.push(() => this.updateDisplay(update));
    const cell = this.displays.get(displayId)?.cell;
    if (!cell || cell.index < 0) return this.log.info(`An update of the display ${displayId} came too late and was dropped.`);
    // VS Code changes outputs only within an execution.
    const execution = this.controller.createNotebookCellExecution(cell);
    const { success, executionOrder } = cell.executionSummary ?? {};
    execution.executionOrder = executionOrder;
    execution.start();
    const late = new CellOutputs(cell, execution, this.displays);
    late.replace(displayId, bundle);
    void late.finish().then(() => execution.end(success));
  }

  private workUnderWay(): InterruptedWork {
    const { state } = this.kernel;
    const progress = state.kind === 'busy' ? state.progress : undefined;
    return {
      cell: this.runningCell?.order,
      progress: progress?.step === undefined ? progress?.stage : `step ${progress.step} of ${progress.steps}`,
    };
  }
}
