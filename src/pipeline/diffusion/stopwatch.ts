/** Stages whose time is told apart. */
export type Stage = 'decode' | 'encode' | 'text' | 'unet' | 'vaeDecode' | 'write';

/** Adds up the seconds that the stages of a run take. */
export class Stopwatch {
  private readonly seconds: Record<Stage, number> = { decode: 0, encode: 0, text: 0, unet: 0, vaeDecode: 0, write: 0 };
  private readonly started = performance.now();

  /** Runs `work` and adds the time it takes to `stage`. */
  async measure<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] += (performance.now() - began) / 1000;
    }
  }

  /** Passes items through, adding the time spent waiting for them to `stage`. */
  async *waitingFor<T>(stage: Stage, items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.measure(stage, () => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Seconds by stage, and since the stopwatch was made. */
  report(): Record<Stage | 'total', number> {
    return { ...this.seconds, total: (performance.now() - this.started) / 1000 };
  }
}
