/** Something that waits to run: a cell's execution. */
export interface QueuedRun {
  /** Runs it. Resolves with whether the next one may follow; never rejects. */
  run(): Promise<boolean>;
  /** It will not run: the one before it failed, or the person stopped. */
  cancel(): void;
}

/** Runs one thing after another, in the order in which they were added; a failure cancels all that wait behind it. */
export class CellQueue {
  private readonly waiting: QueuedRun[] = [];
  private active: QueuedRun | undefined;

  /** The one that runs now. */
  get running(): QueuedRun | undefined {
    return this.active;
  }

  /** How many wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** The one that runs and those that wait, in order. */
  get runs(): readonly QueuedRun[] {
    return this.active ? [this.active, ...this.waiting] : [...this.waiting];
  }

  /** Adds runs to the end. */
  add(...runs: readonly QueuedRun[]): void {
    this.waiting.push(...runs);
    if (!this.active) void this.work();
  }

  /** Takes back one run that waits; the running one is left alone. */
  remove(run: QueuedRun): void {
    const index = this.waiting.indexOf(run);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    run.cancel();
  }

  /** Takes back everything that waits. */
  clear(): void {
    for (const run of this.waiting.splice(0)) run.cancel();
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      this.active = next;
      const goOn = await next.run();
      this.active = undefined;
      if (!goOn) this.clear();
    }
  }
}
