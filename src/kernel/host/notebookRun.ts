import { RpcError } from '../../shared/rpc.js';
import type { CellResult } from '../../shared/kernelProtocol.js';
import { CellOutputList } from './cellOutputList.js';
import { KernelClient } from './kernelClient.js';
import { newCellId, sourceOf } from './notebookFile.js';
import type { Notebook, NotebookCell } from './notebookFile.js';

/** How a notebook is run. */
export interface NotebookRunOptions {
  /** Absolute path of `dist/kernel.js`. */
  readonly script: string;
  /** Where packages and relative paths are resolved from. */
  readonly folder: string;
  /** Where the notebook with its outputs will lie; heavy outputs go to the folder beside it. */
  readonly notebookPath: string;
  /** Go on after a cell that failed. */
  readonly keepGoing: boolean;
  /** A cell that takes longer is interrupted. */
  readonly timeoutMs?: number | undefined;
  /** Interrupts the running cell and leaves out those after it. */
  readonly signal?: AbortSignal;
  /** Called when a cell has ended. */
  readonly onCell?: (cell: { index: number; total: number; status: CellResult['status']; seconds: number }) => void;
}

/** What came of a run. */
export interface NotebookRunResult {
  /** The notebook with outputs, execution counts and timings. */
  readonly notebook: Notebook;
  /** The first failure, for a person; undefined when all went well. */
  readonly failure?: string;
  readonly seconds: number;
}

/** Runs all code cells of a notebook in a fresh kernel, from top to bottom. */
export async function runNotebook(notebook: Notebook, options: NotebookRunOptions): Promise<NotebookRunResult> {
  const began = Date.now();
  const kernel = await KernelClient.start(options);
  const cells = notebook.cells.map((cell) => (cell.cell_type === 'code' ? { ...cell, id: cell.id ?? newCellId(), outputs: [], execution_count: null } : cell));
  const code = cells.filter((cell) => cell.cell_type === 'code');
  const outputs = new CellOutputList(kernel.main);
  let failure: string | undefined;
  try {
    for (const [at, cell] of code.entries()) {
      if (sourceOf(cell).trim() === '') continue;
      if (options.signal?.aborted || (failure !== undefined && !options.keepGoing)) break;
      const result = await runCell(kernel, cell, options);
      outputs.write(cell.id!, cell, result.error);
      cell.execution_count = at + 1;
      cell.metadata = { ...cell.metadata, execution: timesOf(result) };
      options.onCell?.({ index: at + 1, total: code.length, status: result.status, seconds: result.durationMs / 1000 });
      if (result.error) failure ??= `Cell ${at + 1} of ${code.length} failed.\n${result.error.stack}`;
      if (result.error?.name === 'KernelDied') break;
    }
  } finally {
    await kernel.stop();
  }
  const metadata = { ...notebook.metadata, kernelspec: notebook.metadata.kernelspec ?? { display_name: 'TypeScript', language: 'typescript', name: 'tslab' } };
  return { notebook: { ...notebook, cells, metadata, nbformat_minor: Math.max(5, notebook.nbformat_minor) }, failure, seconds: (Date.now() - began) / 1000 };
}

async function runCell(kernel: KernelClient, cell: NotebookCell, { timeoutMs, signal }: NotebookRunOptions): Promise<CellResult> {
  const interrupt = (): void => void kernel.interrupt().catch(() => undefined);
  const timer = timeoutMs === undefined ? undefined : setTimeout(interrupt, timeoutMs);
  signal?.addEventListener('abort', interrupt, { once: true });
  const began = Date.now();
  try {
    return await kernel.execute(sourceOf(cell), cell.id);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'RPC_CLOSED') throw error;
    return { status: 'error', durationMs: Date.now() - began, error: { name: 'KernelDied', message: error.message, stack: error.message } };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Timings as JupyterLab and nbclient record them. */
function timesOf({ durationMs }: CellResult): Record<string, string> {
  const ended = Date.now();
  return { 'iopub.execute_input': new Date(ended - durationMs).toISOString(), 'shell.execute_reply': new Date(ended).toISOString() };
}
