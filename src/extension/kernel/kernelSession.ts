import * as vscode from 'vscode';
import type { CellProgress, KernelContract } from '../../shared/kernelProtocol.js';
import { RpcError } from '../../shared/rpc.js';
import { describeDeath, KernelClient } from '../../kernelHost/index.js';
import type { InterruptedWork, KernelLaunch } from '../../kernelHost/index.js';
import type { Log } from '../log.js';

const whatNext =
  'The notebook and its outputs are kept. The next cell you run starts a fresh kernel, so run the cells above it again first.';

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
  private readonly ends = new WeakMap<KernelClient, Promise<string>>();
  private process: Promise<KernelClient> | undefined;
  private running: KernelClient | undefined;
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
  kernel(): Promise<KernelClient> {
    this.process ??= this.start();
    return this.process;
  }

  /** The kernel when one runs already; completion of live values must not start one. */
  runningKernel(): KernelClient | undefined {
    return this.running;
  }

  /** Why a kernel of this session ended, as a sentence; waits until it has. */
  whyEnded(kernel: KernelClient): Promise<string> {
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
    await process?.then(
      (kernel) => kernel.stop(),
      () => undefined,
    );
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

  private async start(): Promise<KernelClient> {
    this.become({ kind: 'starting' });
    const launch = this.launch();
    const kernel = new KernelClient(launch, {
      onRawText: (name, text) => this.log[name === 'stdout' ? 'info' : 'warn'](`Kernel ${name}: ${text.trimEnd()}`),
      onLog: (level, text) => this.log[level](`Kernel: ${text}`),
    });
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
      const facts = await kernel.begin();
      this.log.info(
        `Kernel ${facts.pid} is ready after ${facts.readyMs} ms: Node ${facts.node}, Frameloom ${facts.frameloom}, folder ${launch.folder}`,
      );
    } catch (error) {
      throw new Error(await this.whyNotStarted(kernel, error), { cause: error });
    }
    if (this.running === kernel) this.become({ kind: 'idle' });
    return kernel;
  }

  private async watch(kernel: KernelClient): Promise<string> {
    const end = await kernel.ended;
    this.log.info(`Kernel ${kernel.pid ?? ''} ended: code ${end.code}, signal ${end.signal}`);
    // Stopped or replaced on purpose: nothing to explain.
    if (this.running !== kernel) return 'The kernel was stopped, so its variables are gone.';
    const why = describeDeath(end, this.workUnderWay(), whatNext);
    this.process = undefined;
    this.running = undefined;
    this.become({ kind: 'dead', why });
    if (!end.expected) this.deaths.fire(why);
    return why;
  }

  private async whyNotStarted(kernel: KernelClient, error: unknown): Promise<string> {
    const why = await this.whyEnded(kernel);
    return error instanceof RpcError && error.code !== 'RPC_CLOSED' ? `The kernel could not start: ${error.message}` : why;
  }

  private become(state: KernelState): void {
    this.current = state;
    this.changes.fire(state);
  }
}
