/** How often the main thread notes that it turns its event loop, in ms. */
export const TURN_MS = 200;

/** What the main thread and the control thread know of each other without talking: a few counters in shared memory. */
export class MainThreadState {
  private readonly cells: Int32Array;

  /** @param memory the other thread's {@link memory}; left out, new memory is made. */
  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(6 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** Whether a cell is running. */
  get running(): boolean {
    return Atomics.load(this.cells, 0) === 1;
  }

  set running(value: boolean) {
    Atomics.store(this.cells, 0, Number(value));
  }

  /** Whether loops in cells must end. */
  get stopLoops(): boolean {
    return Atomics.load(this.cells, 1) === 1;
  }

  set stopLoops(value: boolean) {
    Atomics.store(this.cells, 1, Number(value));
  }

  /** How many native calls (denoising steps, models being loaded) the main thread waits for. */
  get nativeCalls(): number {
    return Atomics.load(this.cells, 2);
  }

  /** Notes that a native call began (`1`) or ended (`-1`). */
  addNativeCall(change: 1 | -1): void {
    Atomics.add(this.cells, 2, change);
  }

  /** Does the kernel's own work, such as compiling: the control thread lets it end, as it does native calls. */
  undisturbed<T>(work: () => T): T {
    this.addNativeCall(1);
    try {
      return work();
    } finally {
      this.addNativeCall(-1);
    }
  }

  /** How often the main thread's event loop was seen to turn. */
  get turns(): number {
    return Atomics.load(this.cells, 3);
  }

  /** Called by the main thread when its event loop turns. */
  turned(): void {
    Atomics.add(this.cells, 3, 1);
  }

  /** How many requests to interrupt the main thread has taken up. */
  get interruptsTaken(): number {
    return Atomics.load(this.cells, 4);
  }

  /** Called by the main thread when it takes up a request to interrupt. */
  interruptTaken(): void {
    Atomics.add(this.cells, 4, 1);
  }

  /** For how many child processes the main thread waits, doing nothing else: `execSync` and its like. */
  get childrenWaitedFor(): number {
    return Atomics.load(this.cells, 5);
  }

  /** Notes that such a wait began (`1`) or ended (`-1`). */
  addChildWaitedFor(change: 1 | -1): void {
    Atomics.add(this.cells, 5, change);
  }
}
