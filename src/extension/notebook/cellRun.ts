import * as vscode from 'vscode';
import { RpcError } from '../../shared/rpc.js';
import type { CellResult } from '../../shared/kernelProtocol.js';
import type { KernelSession } from '../kernel/kernelSession.js';
import type { Log } from '../log.js';
import { CellOutputs } from './cellOutputs.js';
import type { DisplayRegistry } from './cellOutputs.js';
import type { QueuedRun } from './cellQueue.js';
import { errorItem } from './outputItems.js';

/** What a run of a cell needs from its notebook. */
export interface CellRunContext {
  readonly kernel: KernelSession;
  readonly displays: DisplayRegistry;
  readonly log: Log;
  /** The next number for the brackets. */
  nextOrder(): number;
}

/** One run of one cell, from waiting to done. */
export class CellRun implements QueuedRun {
  /** The number in the brackets, once it runs. */
  order: number | undefined;
  /** Its outputs, once it runs. */
  outputs: CellOutputs | undefined;
  /** The kernel's name for the cell. */
  readonly cellId: string;
  private execution: vscode.NotebookCellExecution;
  private startedAt = 0;
  private held: { readonly released: Promise<void>; readonly release: () => void } | undefined;
  private done = false;

  /** VS Code shows the cell as waiting from now on. */
  constructor(
    private shownCell: vscode.NotebookCell,
    private readonly controller: vscode.NotebookController,
    private readonly context: CellRunContext,
  ) {
    this.cellId = shownCell.document.uri.toString();
    this.execution = controller.createNotebookCellExecution(shownCell);
  }

  /** The cell that runs, in the document where the notebook is now. */
  get cell(): vscode.NotebookCell {
    return this.shownCell;
  }

  /** Runs the cell; a kernel that fails or dies is told in the cell itself. */
  async run(): Promise<boolean> {
    await this.whenFree();
    this.order = this.context.nextOrder();
    this.startedAt = Date.now();
    const execution = this.start();
    this.outputs = new CellOutputs(this.cell, execution, this.context.displays);
    // Displays of the last run are gone with its outputs; a late update must not bring one back.
    await execution.clearOutput();
    let succeeded = false;
    try {
      succeeded = await this.execute(this.outputs);
    } catch (error) {
      this.context.log.error(error instanceof Error ? error : String(error));
      this.outputs.append(new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.error(asError(error))]));
    }
    await this.outputs
      .finish()
      .catch((error: unknown) => this.context.log.warn(`Outputs of cell ${this.order} could not be written: ${String(error)}`));
    await this.whenFree();
    this.done = true;
    this.execution.end(succeeded, Date.now());
    return succeeded;
  }

  cancel(): void {
    this.done = true;
    if (!this.held) this.execution.end(undefined);
  }

  /** Leaves the document alone while it may be about to move; the cell runs on. */
  async hold(): Promise<void> {
    if (this.held || this.done) return;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    this.held = { released, release };
    await this.outputs?.hold();
    this.execution.end(undefined);
  }

  /** Goes on in the document where the notebook is now. @param renamed gives an output's items their files' new names. */
  continueIn(cell: vscode.NotebookCell, renamed: (item: vscode.NotebookCellOutputItem) => vscode.NotebookCellOutputItem): void {
    if (!this.held) return;
    this.shownCell = cell;
    this.execution = this.controller.createNotebookCellExecution(cell);
    if (this.order !== undefined) this.outputs?.continueIn(cell, this.start(), renamed);
    this.held.release();
    this.held = undefined;
  }

  private async whenFree(): Promise<void> {
    while (this.held) await this.held.released;
  }

  private start(): vscode.NotebookCellExecution {
    this.execution.executionOrder = this.order;
    this.execution.start(this.startedAt);
    return this.execution;
  }

  private async execute(outputs: CellOutputs): Promise<boolean> {
    const code = this.cell.document.getText();
    if (code.trim() === '') return true;
    const kernel = await this.context.kernel.kernel();
    let result: CellResult;
    this.context.kernel.setBusy();
    try {
      result = await kernel.execute(code, this.cellId, this.order ?? 0);
    } catch (error) {
      if (error instanceof RpcError && error.code === 'RPC_CLOSED') throw new KernelDied(await this.context.kernel.whyEnded(kernel));
      this.context.kernel.setIdle();
      throw error;
    }
    this.context.kernel.setIdle();
    if (result.error) outputs.append(new vscode.NotebookCellOutput([errorItem(result.error)]));
    return result.status === 'ok';
  }
}

/** The kernel ended under a cell. */
class KernelDied extends Error {
  override name = 'KernelDied';
}

/** The stack of our own errors says nothing about the person's cell. */
function asError(error: unknown): Error {
  const plain = new Error(error instanceof Error ? error.message : String(error));
  plain.name = error instanceof Error ? error.name : 'Error';
  plain.stack = `${plain.name}: ${plain.message}`;
  return plain;
}
