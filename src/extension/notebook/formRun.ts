import type { TuneValues } from '../../shared/outputs/index.js';
import { RpcError } from '../../shared/rpc.js';
import type { KernelSession } from '../kernel/kernelSession.js';
import type { QueuedRun } from './cellQueue.js';

/** What a form says when the kernel that made it is no more. */
export const formGone = 'The kernel that made this form has ended. Run its cell again.';

/** One run of a form of `tune`: waits like a cell, and shows the kernel as busy. */
export class FormRun implements QueuedRun {
  /**
   * @param ended called once, with a sentence for the reader where the clip was not made.
   */
  constructor(
    private readonly kernel: KernelSession,
    private readonly tuneId: string,
    private readonly values: TuneValues,
    private readonly ended: (problem: string | undefined) => void,
  ) {}

  /** Makes the clip; a failure is the form's own and cancels nothing that waits behind it. */
  async run(): Promise<boolean> {
    const running = this.kernel.runningKernel();
    if (!running) return this.end(formGone);
    this.kernel.setBusy();
    try {
      const { status, problem } = await running.main.request('tune', { tuneId: this.tuneId, values: this.values });
      this.kernel.setIdle();
      if (status === 'gone') return this.end(formGone);
      return this.end(status === 'interrupted' ? 'Interrupted.' : problem);
    } catch (error) {
      const closed = error instanceof RpcError && error.code === 'RPC_CLOSED';
      if (!closed) this.kernel.setIdle();
      return this.end(closed ? await this.kernel.whyEnded(running) : String(error));
    }
  }

  cancel(): void {
    this.ended('Interrupted.');
  }

  private end(problem: string | undefined): true {
    this.ended(problem);
    return true;
  }
}
