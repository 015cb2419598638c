/** Most updates of one thing in a second. */
const UPDATES_A_SECOND = 10;

/**
 * Lets updates of the same thing through at most ten times a second: the first at once, then always the newest.
 *
 * A timer brings the last one when the event loop is free; {@link flush} brings it at the end of a cell.
 */
export class SteadyUpdates<T> {
  private readonly last = new Map<string, number>();
  private readonly waiting = new Map<string, { update: T; timer: NodeJS.Timeout }>();

  constructor(private readonly send: (id: string, update: T) => void) {}

  /** Takes an update of the thing called `id`. */
  push(id: string, update: T): void {
    const held = this.waiting.get(id);
    const due = (this.last.get(id) ?? 0) + 1000 / UPDATES_A_SECOND;
    if (due <= Date.now()) return this.pass(id, update);
    if (held) held.update = update;
    else this.waiting.set(id, { update, timer: setTimeout(() => this.release(id), due - Date.now()).unref() });
  }

  /** Sends what is held back. */
  flush(): void {
    for (const id of [...this.waiting.keys()]) this.release(id);
    this.last.clear();
  }

  private release(id: string): void {
    const held = this.waiting.get(id);
    if (held) this.pass(id, held.update);
  }

  private pass(id: string, update: T): void {
    clearTimeout(this.waiting.get(id)?.timer);
    this.waiting.delete(id);
    this.last.set(id, Date.now());
    this.send(id, update);
  }
}
