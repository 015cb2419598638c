import type { Bundle, CellError, HostContract, KernelContract } from '../../shared/kernelProtocol.js';
import type { RpcPeer } from '../../shared/rpc.js';
import { linesOf } from './notebookFile.js';
import type { NotebookCell, NotebookOutput } from './notebookFile.js';

interface Entry {
  readonly output: NotebookOutput;
  readonly displayId?: string;
}

/** Collects what a kernel puts out, cell by cell, in the form that a notebook keeps. */
export class CellOutputList {
  private readonly cells = new Map<string, Entry[]>();

  constructor(kernel: RpcPeer<HostContract, KernelContract>) {
    kernel.on('stream', ({ cellId, name, text }) => this.print(cellId, name, text));
    kernel.on('display', ({ cellId, displayId, bundle }) => void this.entriesOf(cellId).push({ output: displayData(bundle), displayId }));
    kernel.on('updateDisplay', ({ displayId, bundle }) => this.update(displayId, bundle));
  }

  /** Writes what a cell has put out so far into it, and how it failed. */
  write(cellId: string, cell: NotebookCell, error: CellError | undefined): void {
    cell.outputs = (this.cells.get(cellId) ?? []).map(({ output }) => output);
    if (error) cell.outputs.push({ output_type: 'error', ename: error.name, evalue: error.message, traceback: error.stack.split('\n') });
  }

  private print(cellId: string, name: 'stdout' | 'stderr', text: string): void {
    const entries = this.entriesOf(cellId);
    const last = entries.at(-1)?.output;
    if (last?.output_type === 'stream' && last.name === name) last.text = linesOf(last.text.join('') + text);
    else entries.push({ output: { output_type: 'stream', name, text: linesOf(text) } });
  }

  private update(displayId: string, bundle: Bundle): void {
    for (const entries of this.cells.values()) {
      entries.forEach((entry, at) => {
        if (entry.displayId === displayId) entries[at] = { output: displayData(bundle), displayId };
      });
    }
  }

  private entriesOf(cellId: string): Entry[] {
    const entries = this.cells.get(cellId) ?? [];
    this.cells.set(cellId, entries);
    return entries;
  }
}

function displayData(bundle: Bundle): NotebookOutput {
  const data: Record<string, unknown> = {};
  for (const [mime, value] of Object.entries(bundle)) {
    if (value instanceof Uint8Array) data[mime] = Buffer.from(value).toString('base64');
    else data[mime] = typeof value === 'string' && mime.startsWith('text/') ? linesOf(value) : value;
  }
  return { output_type: 'display_data', data, metadata: {} };
}
