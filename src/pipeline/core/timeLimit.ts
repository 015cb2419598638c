import { createContext, Script } from 'node:vm';
import { FrameloomError } from './errors.js';

const box = createContext({ run: undefined }) as { run: (() => unknown) | undefined };
const script = new Script('run()');

/** Thrown for work that did not end in time. */
export class TimeLimitError extends FrameloomError {
  /** @param milliseconds that it had. */
  constructor(readonly milliseconds: number) {
    super('FL_TIME_LIMIT', `It did not end within ${milliseconds / 1000} s.`);
  }
}

/**
 * Runs something that does not wait for anything and ends it, wherever it is, when it takes too long: a regular expression
 * that a file brought along may try more ways than there are seconds.
 *
 * @param milliseconds more than 0.
 * @throws {TimeLimitError}
 */
export function withinTime<T>(milliseconds: number, run: () => T): T {
  // Node's watchdog belongs to scripts; this one has no line but the call.
  const before = box.run;
  box.run = run;
  try {
    return script.runInContext(box, { timeout: Math.max(1, Math.ceil(milliseconds)) }) as T;
  } catch (error) {
    if ((error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TimeLimitError(milliseconds);
    throw error;
  } finally {
    box.run = before;
  }
}

/**
 * As {@link withinTime}, for work that only computes: where the machine is so busy that this process got less than half of the
 * time, it is tried again, with twice and four times as long.
 *
 * @param milliseconds more than 0.
 * @param run may be called up to three times, and be ended in the middle.
 * @throws {TimeLimitError}
 */
export function withinProcessorTime<T>(milliseconds: number, run: () => T): T {
  for (let limit = milliseconds; ; limit *= 2) {
    const before = process.cpuUsage();
    try {
      return withinTime(limit, run);
    } catch (error) {
      const { user, system } = process.cpuUsage(before);
      const starved = (user + system) / 1000 < limit / 2;
      if (!(error instanceof TimeLimitError) || !starved || limit > 2 * milliseconds) throw error;
    }
  }
}
