import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { processChannel } from '../../shared/kernelChannels.js';
import { offersNothing, RpcPeer } from '../../shared/rpc.js';
import type { OffersNothing } from '../../shared/rpc.js';
import type { Log } from '../log.js';
import { languageContract } from './protocol.js';
import type { LanguageContract } from './protocol.js';

/** Deaths after which we stop trying: something is wrong that another start does not mend. */
const mostDeaths = 4;

/** What the process must be told again after it started anew. */
export type OnStarted = (ask: LanguagePeer) => Promise<void>;

/** The wire to the language process. */
export type LanguagePeer = RpcPeer<OffersNothing, LanguageContract>;

/** The language process: started with the first question, started again when it dies. */
export class LanguageProcess {
  private child: ChildProcess | undefined;
  private peer: Promise<LanguagePeer> | undefined;
  private deaths = 0;

  /**
   * @param script absolute path of `dist/languageServer.js`.
   * @param onStarted brings a fresh process up to date before the first question.
   */
  constructor(
    private readonly script: string,
    private readonly onStarted: OnStarted,
    private readonly log: Log,
  ) {}

  /** True when the process runs or is starting. */
  get isRunning(): boolean {
    return this.peer !== undefined;
  }

  /** Asks the process; `undefined` when it cannot answer, for help in writing must never get in the way of writing. */
  async ask<M extends keyof LanguageContract['requests'] & string>(
    method: M,
    params: LanguageContract['requests'][M]['params'],
    signal?: AbortSignal,
  ): Promise<LanguageContract['requests'][M]['result'] | undefined> {
    if (this.deaths >= mostDeaths) return undefined;
    try {
      this.peer ??= this.start();
      return await (await this.peer).request(method, params, { signal });
    } catch (error) {
      if (!signal?.aborted) this.log.warn(`Writing help, ${method}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Ends the process. */
  dispose(): void {
    this.deaths = mostDeaths;
    this.child?.kill();
  }

  private async start(): Promise<LanguagePeer> {
    // The heap of a checker grows with what the notebook imports; past this it had better die alone.
    const child = fork(this.script, [], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
      execArgv: ['--max-old-space-size=2048'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.log.warn(`Writing help: ${text.trimEnd()}`));
    const peer: LanguagePeer = new RpcPeer(processChannel(child), offersNothing, languageContract, (problem) => this.log.warn(problem));
    child.once('error', (error) => this.log.error(error));
    child.once('close', (code, signal) => {
      peer.close('The language process has ended.');
      if (this.child !== child) return;
      this.peer = undefined;
      this.deaths++;
      this.log.warn(`The language process ended (code ${code}, signal ${signal}).`);
    });
    await this.onStarted(peer);
    return peer;
  }
}
