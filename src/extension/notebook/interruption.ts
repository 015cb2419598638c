import * as vscode from 'vscode';
import type { Log } from '../log.js';
import type { NotebookSession } from './notebookSession.js';

/** A second interrupt within this time says that the first one did not help. */
const patienceMs = 5000;

/**
 * Interrupts a notebook: cells that wait are taken back, the running one ends at its next step and the variables stay.
 * When the person asks again within five seconds, or the cell cannot be interrupted, a restart is offered; it is never done unasked, for it loses the session.
 */
export class Interruption {
  private lastAsked = Number.NEGATIVE_INFINITY;
  private offering = false;

  constructor(
    private readonly session: NotebookSession,
    private readonly log: Log,
  ) {}

  /** To be called for every press of Interrupt. */
  async interrupt(): Promise<void> {
    const { queue, kernel } = this.session;
    queue.clear();
    if (kernel.state.kind === 'starting') return kernel.kill();
    const again = Date.now() - this.lastAsked < patienceMs;
    this.lastAsked = Date.now();
    const running = kernel.runningKernel();
    if (!running || !queue.running) return;
    if (again) return this.offerRestart('it ends when the current denoising step or native call returns');
    const outcome = await running.interrupt().catch((error: unknown) => `failed: ${String(error)}`);
    this.log.info(`Interrupt of ${this.session.notebook.uri.fsPath}: ${outcome}`);
    // Nobody can say how long that takes, so the person is asked at once.
    if (outcome === 'stuck' && queue.running) await this.offerRestart('it is in native code, which cannot be interrupted');
  }

  private async offerRestart(why: string): Promise<void> {
    if (this.offering) return;
    this.offering = true;
    try {
      const restart = 'Restart Kernel';
      const answer = await vscode.window.showWarningMessage(
        `The cell is still running: ${why}. Restarting ends it now, but loses all variables.`,
        restart,
        'Wait',
      );
      if (answer === restart) await this.session.restart();
    } finally {
      this.offering = false;
    }
  }
}
