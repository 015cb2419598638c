import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { lineChannel, processChannel } from '../shared/kernelChannels.js';
import { CONTROL_FD, controlContract, kernelContract } from '../shared/kernelProtocol.js';
import type { CellResult, ControlContract, Heartbeat, KernelContract } from '../shared/kernelProtocol.js';
import { offersNothing, RpcPeer } from '../shared/rpc.js';
import type { OffersNothing } from '../shared/rpc.js';
import { describeDeath, type KernelEnd } from './kernelDeath.js';

/**
 * What a kernel's environment holds unless the host's own says otherwise: glibc gives freed memory back to the system from 1 MiB on.
 * Left to itself it keeps what V8's optimising compiler once took, up to 120 MB in a kernel that works for long.
 */
const environment = { MALLOC_TRIM_THRESHOLD_: '1048576' };

/** How to start a kernel process. */
export interface KernelLaunch {
  /** Absolute path of `dist/kernel.js`. */
  readonly script: string;
  /** The notebook's folder: the kernel's working folder, from which packages and relative paths are resolved. */
  readonly folder: string;
  /** The notebook's file, when it has one: heavy outputs go beside it. */
  readonly notebookPath?: string;
  /** The Node to run the kernel with; the one that runs this process when empty or left out. */
  readonly nodePath?: string;
  /** The kernel's environment; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Options for Node, such as `--max-old-space-size=4096`. */
  readonly execArgv?: readonly string[];
}

/** Hears what a kernel says beside its outputs; everything is optional. */
export interface KernelListener {
  /** What a child process of a cell or a native library wrote past Node to the kernel's own stdout and stderr. */
  onRawText?(name: 'stdout' | 'stderr', text: string): void;
  /** A line for a log: the kernel's own, and messages that were dropped because they were malformed. */
  onLog?(level: 'info' | 'warn' | 'error', text: string): void;
}

/** One kernel process and both wires to it: starts it, watches it, asks it. A process that ended is never revived. */
export class KernelClient {
  /** The main wire: `execute`, outputs, completion. */
  readonly main: RpcPeer<OffersNothing, KernelContract>;
  /** The control wire: `interrupt` and heartbeats. */
  readonly control: RpcPeer<OffersNothing, ControlContract>;
  /** Settled when the process has ended; never rejected. */
  readonly ended: Promise<KernelEnd>;
  /** The latest sign of life. */
  heartbeat: Heartbeat | undefined;
  private readonly child: ChildProcess;
  private executions = 0;
  private endedHere = false;

  /** Forks the process; nothing was asked of it yet: see {@link begin}. */
  constructor(
    private readonly launch: KernelLaunch,
    private readonly listener: KernelListener = {},
  ) {
    const { script, folder, nodePath, env = process.env, execArgv = [] } = launch;
    this.child = fork(script, [], {
      cwd: folder,
      env: { ...environment, ...env },
      execArgv: [...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      ...(nodePath ? { execPath: nodePath } : {}),
    });
    const onProtocolError = (problem: string): void => listener.onLog?.('warn', problem);
    this.main = new RpcPeer<OffersNothing, KernelContract>(processChannel(this.child), offersNothing, kernelContract, onProtocolError);
    this.main.on('log', ({ level, text }) => listener.onLog?.(level, text));
    const wire = this.child.stdio[CONTROL_FD] as Duplex;
    wire.on('error', () => undefined); // the process is gone; `ended` says how
    this.control = new RpcPeer<OffersNothing, ControlContract>(lineChannel(wire), offersNothing, controlContract, onProtocolError);
    this.control.on('heartbeat', (heartbeat) => (this.heartbeat = heartbeat));
    this.ended = this.watch();
  }

  /**
   * Starts a kernel and waits until it runs cells.
   *
   * @throws RpcError `RPC_CLOSED`, with what became of it as its message, when the process ends instead.
   */
  static async start(launch: KernelLaunch, listener?: KernelListener): Promise<KernelClient> {
    const client = new KernelClient(launch, listener);
    await client.begin();
    return client;
  }

  /** The process id; undefined when the process could not be started at all. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Loads the compiler and the library in the kernel; to be asked first. A process that cannot start is killed.
   *
   * @returns what the kernel says of itself.
   * @throws RpcError as {@link start}.
   */
  async begin(): Promise<KernelContract['requests']['start']['result']> {
    const { folder, notebookPath } = this.launch;
    return this.main.request('start', { folder, notebookPath }).catch((error: unknown) => {
      this.kill();
      throw error;
    });
  }

  /**
   * Runs a cell.
   *
   * @param cellId names it in outputs.
   * @param executionCount the number that stacks name it by; the next one by default.
   * @throws RpcError `RPC_CLOSED`, with what became of it as its message, when the process ends under it; `RPC_SHAPE` for an answer that is none.
   */
  execute(code: string, cellId = `cell-${this.executions + 1}`, executionCount = this.executions + 1): Promise<CellResult> {
    this.executions = executionCount;
    return this.main.request('execute', { cellId, executionCount, code });
  }

  /** Ends the running cell at its next step and keeps the session. */
  async interrupt(graceMs?: number): Promise<ControlContract['requests']['interrupt']['result']['outcome']> {
    return (await this.control.request('interrupt', { graceMs })).outcome;
  }

  /** Asks the process to end, kills it when it has not within `graceMs`, and waits until it is gone. */
  async stop(graceMs = 1500): Promise<KernelEnd> {
    this.endedHere = true;
    const timer = setTimeout(() => this.kill(), graceMs);
    this.main.request('shutdown', null).catch(() => undefined); // it has ended already: `ended` says so
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills the process at once. */
  kill(): void {
    this.endedHere = true;
    this.child.kill('SIGKILL');
  }

  private watch(): Promise<KernelEnd> {
    let stderr = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.listener.onRawText?.('stdout', text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4000); // the end of it explains a crash
      this.listener.onRawText?.('stderr', text);
    });
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        const end: KernelEnd = { code, signal, stderr, rss: this.heartbeat?.rss, expected: this.endedHere };
        for (const wire of [this.main, this.control]) wire.close(describeDeath(end));
        resolve(end);
      };
      this.child.once('error', (error) => {
        stderr += `${this.launch.nodePath || 'Node'} could not be started: ${error.message}`;
        if (this.child.pid === undefined) ended(null, null);
      });
      // `close` rather than `exit`: by then the last output has arrived.
      this.child.once('close', ended);
    });
  }
}
