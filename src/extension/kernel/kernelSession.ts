import * as vscode from 'vscode';
import type { CellProgress, KernelContract } from '../../shared/kernelProtocol.js';
import { RpcError } from '../../shared/rpc.js';
import type { Log } from '../log.js';
import { describeDeath } from './kernelDeath.js';
import type { InterruptedWork } from './kernelDeath.js';
import { KernelProcess } from './kernelProcess.js';
import type { KernelLaunch } from './kernelProcess.js';

/** What a kernel is doing, for the status bar. */
export type KernelState =
  | { readonly kind: 'none' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly progress?: CellProgress }
  | { readonly kind: 'dead'; readonly why: string };

/** What the kernel tells while a cell runs. */
export type KernelEvents = Pick<KernelContract['events'], 'stream' | 'display' | 'updateDisplay' | 'preview'>;

/** Called for every event of the kernels of one session. */
export type KernelEventListener = <E extends keyof KernelEvents>(event: E, params: KernelEvents[E]) => void;

/**
 * The kernel of one notebook through all its lives: started when first needed, restarted when asked, never revived by
 * itself (a person wants to know that the variables are gone).
 */
export class KernelSession implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<KernelState>();
  private readonly deaths = new vscode.EventEmitter<string>();
  private readonly ends = new WeakMap<KernelProcess, Promise<string>>();
  private process: Promise<KernelProcess> | undefined;
  private running: KernelProcess | undefined;
  private current: KernelState = { kind: 'none' };

  /** Fires when {@link state} changes. */
  readonly onDidChangeState = this.changes.event;
  /** Fires with a sentence for the person when a kernel ended that nobody here ended. */
  readonly onDidDie = this.deaths.event;

  /**
   * @param launch gives the settings and paths of the moment.
   * @param listener gets the outputs.
   */
  constructor(
    private readonly launch: () => KernelLaunch,
    private readonly listener: KernelEventListener,
    private readonly workUnderWay: () => InterruptedWork,
    private readonly log: Log,
  ) {}

  /** What the kernel is doing now. */
  get state(): KernelState {
    return this.current;
  }

  /** The process id of the kernel that runs now, if one does. */
  get pid(): number | undefined {
    return this.running?.pid;
  }

  /** The kernel, ready to run cells; starts one when there is none. */
  kernel(): Promise<KernelProcess> {
    this.process ??= this.start();
    return this.process;
  }

  /** The kernel when one runs already; completion of live values must not start one. */
  runningKernel(): KernelProcess | undefined {
    return this.running;
  }

  /** Why a kernel of this session ended, as a sentence; waits until it has. */
  whyEnded(kernel: KernelProcess): Promise<string> {
    return this.ends.get(kernel) ?? Promise.resolve('The kernel was stopped.');
  }

  /** Notes how far the running cell is; without a cell running it changes nothing. */
  setBusy(progress?: CellProgress): void {
    this.become({ kind: 'busy', progress });
  }

  /** Notes that no cell runs any more. */
  setIdle(): void {
    if (this.current.kind === 'busy') this.become({ kind: 'idle' });
  }

  /** Tells the kernel, if there is one, where the notebook is now. It may be busy and take note only later. */
  moved(notebookPath: string): void {
    const told = this.process?.then((kernel) => kernel.main.request('notebookMoved', { notebookPath }));
    told?.catch((error: unknown) => this.log.warn(`The kernel could not follow to ${notebookPath}: ${String(error)}`));
  }

  /** Ends the kernel, if one runs. Whatever waits for it is told. */
  async stop(): Promise<void> {
    const process = this.process;
    this.process = undefined;
    this.running = undefined;
    this.become({ kind: 'none' });
    await process?.then((kernel) => kernel.stop(), () => undefined);
  }

  /** Ends the kernel at once, also when it is still starting. */
  kill(): void {
    const running = this.running;
    this.process = undefined;
    this.running = undefined;
    running?.kill();
    this.become({ kind: 'none' });
  }

  dispose(): void {
    this.running?.kill();
    this.changes.dispose();
    this.deaths.dispose();
  }

  private async start(): Promise<KernelProcess> {
    this.become({ kind: 'starting' });
    const launch = this.launch();
    const kernel = new KernelProcess(launch, this.log);
    this.running = kernel;
    for (const event of ['stream', 'display', 'updateDisplay', 'preview'] as const) {
      kernel.main.on(event, (params) => this.listener(event, params));
    }
    kernel.main.on('status', ({ state, progress }) => {
      // Whether a cell runs is known here; what the kernel adds is how far it is, and it may come late.
      if (state === 'busy' && this.running === kernel && this.current.kind === 'busy') this.setBusy(progress);
    });
    this.ends.set(kernel, this.watch(kernel));
    try {
      const facts = await kernel.main.request('start', { folder: launch.folder, notebookPath: launch.notebookPath });
      this.log.info(`Kernel ${facts.pid} is ready after ${facts.readyMs} ms: Node ${facts.node}, Frameloom ${facts.frameloom}, folder ${launch.folder}`);
    } catch (error) {
      // A process that could not start is of no use; its end clears the way for the next attempt.
      kernel.kill();
      throw new Error(await this.whyNotStarted(kernel, error), { cause: error });
    }
    if (this.running === kernel) this.become({ kind: 'idle' });
    return kernel;
  }

  private async watch(kernel: KernelProcess): Promise<string> {
    const exit = await kernel.exited;
    // Stopped or replaced on purpose: nothing to explain.
    if (this.running !== kernel) return 'The kernel was stopped, so its variables are gone.';
    const why = describeDeath(exit, this.workUnderWay());
    this.process = undefined;
    this.running = undefined;
    this.become({ kind: 'dead', why });
    if (!exit.expected) this.deaths.fire(why);
    return why;
  }

  private async whyNotStarted(kernel: KernelProcess, error: unknown): Promise<string> {
    const why = await this.whyEnded(kernel);
    return error instanceof RpcError && error.code !== 'RPC_CLOSED' ? `The kernel could not start: ${error.message}` : why;
  }

  private become(state: KernelState): void {
    this.current = state;
    this.changes.fire(state);
  }
}
