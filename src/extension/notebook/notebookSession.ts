import type * as vscode from 'vscode';
import { KernelSession } from '../kernel/kernelSession.js';
import type { KernelEventListener, KernelEvents } from '../kernel/kernelSession.js';
import type { InterruptedWork } from '../kernel/kernelDeath.js';
import type { KernelLaunch } from '../kernel/kernelProcess.js';
import type { Log } from '../log.js';
import { CellOutputs } from './cellOutputs.js';
import type { DisplayRegistry } from './cellOutputs.js';
import { CellQueue } from './cellQueue.js';
import { CellRun } from './cellRun.js';
import type { CellRunContext } from './cellRun.js';

/** Everything that belongs to one open notebook: its kernel, its queue of cells and the displays that may still change. */
export class NotebookSession implements vscode.Disposable {
  /** The notebook's kernel. */
  readonly kernel: KernelSession;
  /** Its cells that run or wait. */
  readonly queue = new CellQueue();
  private readonly displays: DisplayRegistry = new Map();
  private order = 0;

  /**
   * @param launch gives the kernel's script, environment and folder of the moment.
   * @param onPreview gets the pixels of live previews, for the renderer.
   */
  constructor(
    readonly notebook: vscode.NotebookDocument,
    private readonly controller: vscode.NotebookController,
    launch: () => KernelLaunch,
    private readonly onPreview: (pixels: KernelEvents['preview']) => void,
    private readonly log: Log,
  ) {
    this.kernel = new KernelSession(launch, this.onKernelEvent, () => this.workUnderWay(), log);
  }

  /** The run that is under way. */
  get runningCell(): CellRun | undefined {
    return this.queue.running as CellRun | undefined;
  }

  /** Puts cells at the end of the queue, in the order given. */
  run(cells: readonly vscode.NotebookCell[]): void {
    const context: CellRunContext = { kernel: this.kernel, displays: this.displays, log: this.log, nextOrder: () => this.nextOrder() };
    this.queue.add(...cells.map((cell) => new CellRun(cell, this.controller, context)));
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
      case 'clearOutput':
        return this.outputsOf(message.params.cellId)?.clear(message.params.wait);
    }
  };

  /** What a cell prints after it ended (from a timer, say) goes to the cell that runs now, as in Jupyter; else to the log. */
  private outputsOf(cellId: string): CellOutputs | undefined {
    const outputs = this.runningCell?.outputs;
    if (!outputs) this.log.info(`An output of ${cellId} came after its cell had ended and was dropped.`);
    return outputs;
  }

  private updateDisplay({ displayId, bundle }: KernelEvents['updateDisplay']): void {
    const running = this.runningCell?.outputs;
    if (running) return running.replace(displayId, bundle);
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
    return { cell: this.runningCell?.order, progress: progress?.step === undefined ? progress?.stage : `step ${progress.step} of ${progress.steps}` };
  }
}
