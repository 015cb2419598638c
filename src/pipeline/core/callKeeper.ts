import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tensor } from './tensor.js';

/** What a call of a network took. */
export interface CallWork {
  /** Seconds. */
  readonly seconds: number;
  /** Operations, of a part whose work is counted when a run's time is told; else 0. */
  readonly operations: number;
}

/**
 * Keeps what networks computed, so that a run that ended before its time does not compute it again. A network gives the same numbers for the same inputs: what is kept
 * under a digest of network and inputs is what it would say.
 */
export interface CallKeeper {
  /** How many calls were answered from what is kept. */
  readonly taken: number;
  /** What was there when it was opened, together: work that a run which is taken up need not do again. */
  readonly before: CallWork;
  /** What a call gave before, by name; undefined where it is not kept. */
  find(key: string): Promise<Record<string, Tensor> | undefined>;
  /** Keeps what a call gave, where that is worth its place. */
  keep(key: string, outputs: Readonly<Record<string, Tensor>>, work: CallWork): Promise<void>;
}

const keepers = new AsyncLocalStorage<CallKeeper>();

/** Does something whose networks' calls a keeper keeps; what else goes on in the process meanwhile knows nothing of it. */
export function keepingCalls<Result>(keeper: CallKeeper, work: () => Promise<Result>): Promise<Result> {
  return keepers.run(keeper, work);
}

/** Does something beside a run, such as drawing a preview, whose calls are kept likewise and are none of the work that the run's time is told by. */
export function keepingUncounted<Result>(work: () => Promise<Result>): Promise<Result> {
  const keeper = keepers.getStore();
  if (!keeper) return work();
  const uncounted: CallKeeper = {
    get taken() {
      return keeper.taken;
    },
    before: keeper.before,
    find: (key) => keeper.find(key),
    keep: (key, outputs, { seconds }) => keeper.keep(key, outputs, { seconds, operations: 0 }),
  };
  return keepers.run(uncounted, work);
}

/** What keeps the calls of networks here, if anything does. */
export function ambientCallKeeper(): CallKeeper | undefined {
  return keepers.getStore();
}
