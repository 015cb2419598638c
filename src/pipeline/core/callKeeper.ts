import type { Tensor } from './tensor.js';

/**
 * Keeps what networks computed, so that a run that ended before its time does not compute it again. A network gives the same numbers for the same inputs: what is kept
 * under a digest of network and inputs is what it would say.
 */
export interface CallKeeper {
  /** How many calls were answered from what is kept. */
  readonly taken: number;
  /** What a call gave before, by name; undefined where it is not kept. */
  find(key: string): Promise<Record<string, Tensor> | undefined>;
  /** Keeps what a call gave, where that is worth its place. @param seconds that the call took. */
  keep(key: string, outputs: Readonly<Record<string, Tensor>>, seconds: number): Promise<void>;
}
