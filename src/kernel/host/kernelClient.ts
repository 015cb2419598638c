import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { lineChannel, processChannel } from '../../shared/kernelChannels.js';
import { CONTROL_FD, KERNEL_ENVIRONMENT } from '../../shared/kernelProtocol.js';
import type { CellResult, ControlContract, ControlHostContract, Heartbeat, HostContract, KernelContract } from '../../shared/kernelProtocol.js';
import { controlHostShapes, controlShapes, hostShapes, kernelShapes } from '../../shared/kernelShapes.js';
import { RpcPeer } from '../../shared/rpc.js';

/** How to start a kernel. */
export interface KernelClientOptions {
  /** Absolute path of `dist/kernel.js`. */
  readonly script: string;
  /** The notebook's folder. */
  readonly folder: string;
  readonly notebookPath?: string;
  /** Options for Node, such as `--max-old-space-size=4096`. */
  readonly execArgv?: string[];
  /** Takes what a child process of a cell or a native library wrote past Node to the kernel's own stdout and stderr. */
  readonly onRawText?: (name: 'stdout' | 'stderr', text: string) => void;
}

/** How a kernel's process ended. */
export interface KernelEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to its own stderr: the words of Node or a native library. */
  readonly lastWords: string;
}

/** A kernel process for a host without VS Code: the headless runner and the tests. */
export class KernelClient {
  /** The main wire: `execute`, outputs, completion. */
  readonly main: RpcPeer<HostContract, KernelContract>;
  /** The control wire: `interrupt` and heartbeats. */
  readonly control: RpcPeer<ControlHostContract, ControlContract>;
  /** Settled when the process has ended; never rejected. */
  readonly ended: Promise<KernelEnd>;
  /** The latest sign of life. */
  heartbeat: Heartbeat | undefined;
  private readonly child: ChildProcess;
  private executions = 0;

  private constructor({ script, folder, execArgv = [], onRawText }: KernelClientOptions) {
    this.child = fork(script, [], { cwd: folder, env: { ...KERNEL_ENVIRONMENT, ...process.env }, serialization: 'advanced', execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] });
    this.main = new RpcPeer(processChannel(this.child), hostShapes, kernelShapes);
    const wire = this.child.stdio[CONTROL_FD] as Duplex;
    wire.on('error', () => undefined); // the process is gone; `ended` says how
    this.control = new RpcPeer(lineChannel(wire), controlHostShapes, controlShapes);
    this.control.on('heartbeat', (heartbeat) => (this.heartbeat = heartbeat));
    this.ended = this.watch(onRawText);
  }

  /**
   * Starts a kernel and waits until it runs cells.
   *
   * @throws RpcError `RPC_CLOSED` when the process ends instead.
   */
  static async start(options: KernelClientOptions): Promise<KernelClient> {
    const client = new KernelClient(options);
    const { folder, notebookPath } = options;
    await client.main.request('start', { folder, notebookPath }).catch((error: unknown) => {
      client.kill();
      throw error;
    });
    return client;
  }

  /** The process id. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Runs a cell.
   *
   * @param executionCount the number that stacks name it by; the next one by default.
   * @throws RpcError `RPC_CLOSED` when the process ends under it.
   */
  execute(code: string, cellId = `cell-${this.executions + 1}`, executionCount = this.executions + 1): Promise<CellResult> {
    this.executions = executionCount;
    return this.main.request('execute', { cellId, executionCount, code });
  }

  /** Ends the running cell and keeps the session. */
  interrupt(graceMs?: number): Promise<ControlContract['requests']['interrupt']['result']> {
    return this.control.request('interrupt', { graceMs });
  }

  /** Ends the process, politely first. */
  async stop(): Promise<KernelEnd> {
    await this.main.request('shutdown', null).catch(() => null);
    const timer = setTimeout(() => this.kill(), 2000);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  /** Kills the process at once. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private watch(onRawText: KernelClientOptions['onRawText']): Promise<KernelEnd> {
    let lastWords = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => onRawText?.('stdout', text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-4000);
      onRawText?.('stderr', text);
    });
    return new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        for (const wire of [this.main, this.control]) wire.close(describeEnd({ code, signal, lastWords }));
        resolve({ code, signal, lastWords });
      };
      this.child.once('close', end);
      this.child.once('error', (error) => {
        lastWords += error.message;
        if (this.child.pid === undefined) end(null, null);
      });
    });
  }
}

/** What became of a kernel, for a person. */
export function describeEnd({ code, signal, lastWords }: KernelEnd): string {
  const lost = "The session's variables are lost.";
  if (/heap out of memory/.test(lastWords)) return `The kernel ran out of memory. ${lost} Give it more with NODE_OPTIONS=--max-old-space-size=8192, or work on a shorter clip.`;
  if (signal === 'SIGKILL') return `The kernel was killed, by someone or by the system for want of memory. ${lost}`;
  if (signal) return `The kernel crashed (${signal}). ${lost}${lastWords ? ` Its last words: ${lastWords.trim().split('\n').at(-1)}` : ''}`;
  if (code === null) return `The kernel could not be started: ${lastWords}`;
  return `The kernel ended with exit code ${code}: a cell called process.exit(). ${lost}`;
}
