import { setImmediate as later } from 'node:timers';

/** Why a wait ended before what was waited for. */
const left = Symbol('left');

/**
 * Runs code of the person's apart from the kernel's own: in a turn of the event loop of its own, so that when the control
 * thread ends all JavaScript that runs (see `terminateScript.ts`) nothing of the kernel is lost with it.
 */
export class Apart {
  private leave: () => void = () => undefined;

  /** Gives what `work` gives. @throws what it throws, or what `reason` makes when it was left to itself meanwhile. */
  async run<T>(work: () => T | Promise<T>, reason: () => Error): Promise<T> {
    const leaving = new Promise<typeof left>((resolve) => (this.leave = () => resolve(left)));
    const done = new Promise<T>((resolve, reject) => {
      later(() => {
        try {
          resolve(work());
        } catch (error) {
          // Whatever the work throws: cells may throw what is no Error.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(error);
        }
      });
    });
    const outcome = await Promise.race([done, leaving]);
    if (outcome === left) throw reason();
    return outcome;
  }

  /** Leaves what runs to itself. */
  leaveIt(): void {
    this.leave();
  }
}
