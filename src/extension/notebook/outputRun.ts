import type { KernelContract } from '../../shared/kernelProtocol.js';
import { RpcError } from '../../shared/rpc.js';
import type { KernelSession } from '../kernel/kernelSession.js';
import type { QueuedRun } from './cellQueue.js';

/** What an output can ask of the kernel that made it. */
type OutputRequest = 'tune' | 'saveComparison';

/** What an output says when the kernel that made it is no more, or does not know it. */
export const goneSentences = {
  tune: 'The kernel that made this form has ended. Run its cell again.',
  saveComparison:
    'The kernel that made this comparison has ended. Run its cell again to save it; cells that are kept beside the notebook are not made anew.',
} as const satisfies Record<OutputRequest, string>;

/** Something that an output asked for, such as a run of a form of `tune`: waits like a cell, and shows the kernel as busy. */
export class OutputRun<R extends OutputRequest> implements QueuedRun {
  /**
   * @param ended called once, with a sentence for the reader where it was not done.
   */
  constructor(
    private readonly kernel: KernelSession,
    private readonly request: R,
    private readonly params: KernelContract['requests'][R]['params'],
    private readonly ended: (problem: string | undefined) => void,
  ) {}

  /** Does it; a failure is the output's own and cancels nothing that waits behind it. */
  async run(): Promise<boolean> {
    const running = this.kernel.runningKernel();
    if (!running) return this.end(goneSentences[this.request]);
    this.kernel.setBusy();
    try {
      const { status, problem } = await running.main.request(this.request, this.params);
      this.kernel.setIdle();
      if (status === 'gone') return this.end(goneSentences[this.request]);
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
