import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../core/index.js';
import type { RowsWatch } from '../networks/index.js';
import type { ProgressTracker } from './progress.js';

/**
 * Follows the calls of networks that a run makes, each of which may take many seconds and blocks the thread: after each one it tells how far the run is, lets timers,
 * messages and interrupts through, and ends the run there when it was interrupted.
 */
export class NetworkCalls {
  /** For frames of the clip that are encoded. */
  readonly encoding: RowsWatch;
  /** For frames that the UNet sees. */
  readonly predicting: RowsWatch;
  /** For frames of the result that are decoded. */
  readonly decoding: RowsWatch;
  /** For whatever else goes through a network: nothing is told of it. */
  readonly aside: RowsWatch;

  /**
   * @param progress is told how far the run is.
   * @param signal ends the run, after the call at hand, with an `AbortError`.
   */
  constructor(progress: ProgressTracker, signal: AbortSignal | undefined) {
    const between =
      (doing: string, tell?: (pieces: { done: number; of: number }) => void): RowsWatch =>
      async (done, of) => {
        tell?.({ done, of });
        await setImmediate();
        throwIfAborted(signal, doing);
      };
    this.encoding = between('Encoding the frames', (frames) => progress.encoded(frames));
    this.predicting = between('Denoising', (frames) => progress.predicted(frames));
    this.decoding = between('Decoding the frames', (frames) => progress.decoding(frames));
    this.aside = between('The run');
  }
}
