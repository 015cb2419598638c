import type * as library from '../../library.js';
import type { KernelContract } from '../../shared/kernelProtocol.js';
import type { JupyterDisplay } from '../running/tslabDoor.js';
import { checkBundle, fitted, sizeOfBundle } from './bundleSize.js';
import { PrintedText, capturePrinting } from './printedText.js';
import { SteadyUpdates } from './steadyUpdates.js';

type Library = typeof library;
type DisplaySink = library.host.DisplaySink;
type Bundle = library.host.Bundle;
type Emit = <E extends keyof KernelContract['events']>(event: E, params: KernelContract['events'][E]) => void;

/** What one cell stores in the notebook, in characters of its file: everything that it shows and prints. */
const CELL_BUDGET = 200_000;

/** Everything that cells put out, in order: what they print and what they show, named after the cell that runs. */
export class CellOutputs implements DisplaySink {
  /** Where clips of this notebook go. */
  sideFolder: library.host.SideFolder | undefined;
  private cellId = '';
  /** Sizes of this cell's outputs, by display id where they have one. */
  private readonly sizes = new Map<string, number>();
  private readonly printed: PrintedText;
  private readonly updates = new SteadyUpdates<Bundle>((displayId, bundle) => this.emit('updateDisplay', { displayId, bundle }));

  constructor(private readonly emit: Emit) {
    this.printed = new PrintedText((name, text) => emit('stream', { cellId: this.cellId, name, text }));
    capturePrinting(this.printed);
  }

  /** Routes the library's outputs here. */
  connect({ host }: Library): void {
    host.setDisplaySink(this);
  }

  /** Takes what a cell shows with tslab's own functions. */
  displayFromJupyter({ data, transient }: JupyterDisplay, update?: boolean): void {
    const id = transient?.display_id;
    if (update && id !== undefined) this.update(id, data);
    else this.display(data, id);
  }

  /** A cell begins: what comes from now on is its. */
  begin(cellId: string): void {
    this.printed.begin();
    this.cellId = cellId;
    this.sizes.clear();
  }

  /** A cell ended: everything that was held back goes out before the reply. */
  finish(): void {
    this.printed.finish();
    this.updates.flush();
  }

  /** Sends what was printed and updated so far. */
  flush(): void {
    this.printed.flush();
    this.updates.flush();
  }

  display(bundle: Bundle, displayId?: string): void {
    this.printed.flush();
    this.emit('display', { cellId: this.cellId, displayId, bundle: this.withinBudget(bundle, displayId ?? `unnamed ${this.sizes.size}`) });
  }

  update(displayId: string, bundle: Bundle): void {
    this.updates.push(displayId, this.withinBudget(bundle, displayId));
  }

  preview(pixels: Parameters<NonNullable<DisplaySink['preview']>>[0]): void {
    this.emit('preview', { cellId: this.cellId, ...pixels });
  }

  /** Fits an output into what this cell may still store; an update gives back what the output before it took. */
  private withinBudget(bundle: Bundle, id: string): Bundle {
    checkBundle(bundle);
    this.sizes.delete(id);
    const shown = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    const kept = fitted(bundle, CELL_BUDGET - shown - this.printed.size);
    this.sizes.set(id, sizeOfBundle(kept));
    this.printed.leaveRoom(CELL_BUDGET - shown - sizeOfBundle(kept));
    return kept;
  }
}
