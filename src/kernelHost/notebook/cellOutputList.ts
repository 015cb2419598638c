import type { CellError, KernelContract } from '../../shared/kernelProtocol.js';
import type { Bundle } from '../../shared/outputs/index.js';
import type { OffersNothing, RpcPeer } from '../../shared/rpc.js';
import { linesOf, mimeValue, type NotebookOutput } from './notebookFormat.js';

interface Entry {
  readonly output: NotebookOutput;
  readonly displayId?: string;
}

/** Collects what a kernel puts out, cell by cell, in the form that a notebook keeps. */
export class CellOutputList {
  private readonly cells = new Map<string, Entry[]>();

  /** Takes what a kernel puts out from now on. */
  listenTo(kernel: RpcPeer<OffersNothing, KernelContract>): void {
    kernel.on('stream', ({ cellId, name, text }) => this.print(cellId, name, text));
    kernel.on('display', ({ cellId, displayId, bundle }) => void this.entriesOf(cellId).push({ output: displayData(bundle), displayId }));
    kernel.on('updateDisplay', ({ displayId, bundle }) => this.update(displayId, bundle));
  }

  /** What a cell has put out so far. */
  of(cellId: string): NotebookOutput[] {
    return (this.cells.get(cellId) ?? []).map(({ output }) => output);
  }

  /** Adds how a cell failed; what it prints later stands below. */
  fail(cellId: string, { name, message, stack }: CellError): void {
    this.entriesOf(cellId).push({ output: { output_type: 'error', ename: name, evalue: message, traceback: stack.split('\n') } });
  }

  /** Adds printed text. */
  print(cellId: string, name: 'stdout' | 'stderr', text: string): void {
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
  const data = Object.fromEntries(Object.entries(bundle).map(([mime, value]) => [mime, mimeValue(mime, value)]));
  return { output_type: 'display_data', data, metadata: {} };
}
