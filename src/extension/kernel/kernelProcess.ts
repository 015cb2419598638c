import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { lineChannel, processChannel } from '../../shared/kernelChannels.js';
import { CONTROL_FD, KERNEL_ENVIRONMENT } from '../../shared/kernelProtocol.js';
import type { CellResult, ControlContract, ControlHostContract, Heartbeat, HostContract, KernelContract } from '../../shared/kernelProtocol.js';
import { cellResultShape, controlHostShapes, controlShapes, hostShapes, kernelShapes } from '../../shared/kernelShapes.js';
import { RpcError, RpcPeer } from '../../shared/rpc.js';
import type { Log } from '../log.js';

/** How to start a kernel process. */
export interface KernelLaunch {
  /** Absolute path of `dist/kernel.js`. */
  readonly script: string;
  /** The Node to run it with; VS Code's own when empty. */
  readonly nodePath: string;
  readonly env: NodeJS.ProcessEnv;
  /** The notebook's folder. */
  readonly folder: string;
  readonly notebookPath?: string;
}

/** How a kernel process ended, with what was known of it just before. */
export interface KernelExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last words on stderr, at most 2,000 characters. */
  readonly stderr: string;
  /** Resident memory at the last sign of life, in bytes. */
  readonly rss: number | undefined;
  /** True when this side ended it. */
  readonly expected: boolean;
}

/** One running kernel process and both wires to it. It is started once and never revived; see `KernelSession`. */
export class KernelProcess {
  /** What the kernel sends on the main wire. */
  readonly main: RpcPeer<HostContract, KernelContract>;
  /** Settled when the process is gone; never rejected. */
  readonly exited: Promise<KernelExit>;
  /** The last sign of life. */
  lastHeartbeat: Heartbeat | undefined;

  private readonly child: ChildProcess;
  private readonly control: RpcPeer<ControlHostContract, ControlContract>;
  private stderrTail = '';
  private endedHere = false;

  /** Forks the process; nothing was asked of it yet. */
  constructor(launch: KernelLaunch, private readonly log: Log) {
    this.child = fork(launch.script, [], {
      cwd: launch.folder,
      env: { ...KERNEL_ENVIRONMENT, ...launch.env },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      ...(launch.nodePath ? { execPath: launch.nodePath } : {}),
    });
    const onProtocolError = (problem: string): void => log.warn(`Kernel: ${problem}`);
    this.main = new RpcPeer<HostContract, KernelContract>(processChannel(this.child), hostShapes, kernelShapes, onProtocolError);
    this.main.on('log', ({ level, text }) => log[level](`Kernel: ${text}`));
    const wire = this.child.stdio[CONTROL_FD] as Duplex;
    wire.on('error', () => undefined); // the process is gone; `exit` says how
    this.control = new RpcPeer<ControlHostContract, ControlContract>(lineChannel(wire), controlHostShapes, controlShapes, onProtocolError);
    this.control.on('heartbeat', (heartbeat) => (this.lastHeartbeat = heartbeat));
    this.listenToNativeOutput();
    this.exited = this.watch(launch);
  }

  /** The process id; undefined when it could not be started at all. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Runs a cell to its end. @throws {RpcError} `RPC_CLOSED` when the process died under it. */
  async execute(cellId: string, executionCount: number, code: string): Promise<CellResult> {
    const result = await this.main.request('execute', { cellId, executionCount, code });
    const problem = cellResultShape(result, 'result');
    if (problem) throw new RpcError('RPC_SHAPE', `The kernel answered with something malformed: ${problem}.`);
    return result;
  }

  /** Ends the running cell at its next step; the session's variables stay. */
  async interrupt(): Promise<ControlContract['requests']['interrupt']['result']['outcome']> {
    return (await this.control.request('interrupt', {})).outcome;
  }

  /** Asks the process to end and kills it when it has not within `graceMs`. */
  async stop(graceMs = 1500): Promise<void> {
    this.endedHere = true;
    const polite = this.main.request('shutdown', null).catch(() => null);
    await Promise.race([Promise.all([polite, this.exited]), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    this.kill();
    await this.exited;
  }

  /** Kills the process at once. */
  kill(): void {
    this.endedHere = true;
    this.child.kill('SIGKILL');
  }

  private listenToNativeOutput(): void {
    // What native code prints past Node goes to the log; the end of it explains a crash.
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.log.info(`Kernel stdout: ${text.trimEnd()}`));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-2000);
      this.log.warn(`Kernel stderr: ${text.trimEnd()}`);
    });
  }

  private watch(launch: KernelLaunch): Promise<KernelExit> {
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        const exit = { code, signal, stderr: this.stderrTail, rss: this.lastHeartbeat?.rss, expected: this.endedHere };
        this.log.info(`Kernel ${this.child.pid ?? ''} ended: code ${code}, signal ${signal}`);
        this.main.close('The kernel process has ended.');
        this.control.close('The kernel process has ended.');
        resolve(exit);
      };
      this.child.once('error', (error) => {
        this.stderrTail += `${launch.nodePath || 'Node'} could not be started: ${error.message}`;
        if (this.child.pid === undefined) ended(null, null);
      });
      // `close` rather than `exit`: by then the last output has arrived.
      this.child.once('close', ended);
    });
  }
}
