import { FrameloomError } from '../../index.js';
import type { CellError, CellResult } from '../../shared/kernelProtocol.js';
import { RpcError } from '../../shared/rpc.js';
import { describeDeath, KernelClient, type KernelLaunch, type KernelListener } from '../index.js';
import { CellOutputList } from './cellOutputList.js';
import { type Notebook, type NotebookCell, sourceOf } from './notebookFormat.js';

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
  /** The cells that failed, in order, each with its error for a person. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** The kernelspec of notebooks that name none: JupyterLab's tslab runs them too. */
const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };

/**
 * Runs all code cells of a notebook in a fresh kernel, from top to bottom.
 *
 * @throws FrameloomError `FL_KERNEL_START` where no kernel can be started.
 */
export async function runNotebook(notebook: Notebook, options: NotebookRunOptions): Promise<NotebookRunResult> {
  const began = Date.now();
  const cells = notebook.cells.map((cell) => (cell.cell_type === 'code' ? { ...cell, execution_count: null } : cell));
  const code = cells.filter((cell) => cell.cell_type === 'code');
  const failures: string[] = [];
  let running = code[0];
  const outputs = new CellOutputList();
  const kernel = await start(options, { onRawText: (name, text) => running && outputs.print(running.id, name, text) });
  outputs.listenTo(kernel.main);
  try {
    for (const [at, cell] of code.entries()) {
      if (sourceOf(cell).trim() === '') continue;
      if (options.signal?.aborted || (failures.length > 0 && !options.keepGoing)) break;
      running = cell;
      const result = await runCell(kernel, cell, at + 1, options);
      cell.execution_count = at + 1;
      cell.metadata = { ...cell.metadata, execution: timesOf(result) };
      options.onCell?.({ index: at + 1, total: code.length, status: result.status, seconds: result.durationMs / 1000 });
      if (!result.error) continue;
      outputs.fail(cell.id, result.error);
      failures.push(`Cell ${at + 1} of ${code.length} failed.\n${result.error.stack}`);
      if (result.error.name === 'KernelDied') break;
    }
  } finally {
    await kernel.stop();
  }
  // Now that nothing more can come: a cell may print after it has ended.
  for (const cell of code) cell.outputs = outputs.of(cell.id);
  return {
    notebook: { ...notebook, cells, metadata: { ...notebook.metadata, kernelspec: notebook.metadata.kernelspec ?? kernelspec } },
    failures,
    seconds: (Date.now() - began) / 1000,
  };
}

async function start(launch: KernelLaunch, listener: KernelListener): Promise<KernelClient> {
  return KernelClient.start(launch, listener).catch((cause: unknown) => {
    throw new FrameloomError('FL_KERNEL_START', `No kernel could be started in ${launch.folder}: ${(cause as Error).message}`, { cause });
  });
}

async function runCell(
  kernel: KernelClient,
  cell: NotebookCell,
  count: number,
  { timeoutMs, signal }: NotebookRunOptions,
): Promise<CellResult> {
  let [stuck, late] = [false, false];
  // What cannot be interrupted must not keep a run that nobody watches for ever.
  const interrupt = (): void =>
    void kernel.interrupt().then(
      (outcome) => {
        if (outcome !== 'stuck') return;
        stuck = true;
        kernel.kill();
      },
      () => undefined,
    );
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          interrupt();
        }, timeoutMs);
  signal?.addEventListener('abort', interrupt, { once: true });
  const began = Date.now();
  try {
    const result = await kernel.execute(sourceOf(cell), cell.id, count);
    return late && result.error ? { ...result, error: withLimit(result.error, timeoutMs!) } : result;
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'RPC_CLOSED') throw error;
    const death = await kernel.ended;
    const message = stuck
      ? `${late ? `${limitPassed(timeoutMs!)} ` : ''}This cell could not be interrupted after ${((Date.now() - began) / 1000).toFixed(1)} s, so its kernel was ended. The session's variables are lost.`
      : describeDeath(death, { cell: count });
    return { status: 'error', durationMs: Date.now() - began, error: { name: 'KernelDied', message, stack: message } };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Why a cell was interrupted that nobody interrupted. */
function limitPassed(timeoutMs: number): string {
  return `This cell ran longer than the limit of ${timeoutMs / 1000} s (--timeout) and was interrupted.`;
}

function withLimit(error: CellError, timeoutMs: number): CellError {
  return { ...error, message: limitPassed(timeoutMs), stack: `${limitPassed(timeoutMs)}\n${error.stack}` };
}

/** Timings as JupyterLab and nbclient record them. */
function timesOf({ durationMs }: CellResult): Record<string, string> {
  const ended = Date.now();
  return { 'iopub.execute_input': new Date(ended - durationMs).toISOString(), 'shell.execute_reply': new Date(ended).toISOString() };
}
