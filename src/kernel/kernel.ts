import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type * as pipeline from '../library.js';
import { kernelContract } from '../shared/kernelProtocol.js';
import type { CellProgress, KernelContract, Variable } from '../shared/kernelProtocol.js';
import { libraryEntries } from '../shared/cells/cellOptions.js';
import type { TreeNode } from '../shared/outputs/index.js';
import { offersNothing, RpcError, RpcPeer } from '../shared/rpc.js';
import type { Channel, OffersNothing } from '../shared/rpc.js';
import { CellExecution } from './cellExecution.js';
import { countNativeCalls } from './control/nativeCalls.js';
import type { MainThreadState } from './control/mainThreadState.js';
import { CellOutputs } from './output/cellOutputs.js';
import { SteadyUpdates } from './output/steadyUpdates.js';
import { TSLAB_COMPILER } from './running/tslabDoor.js';
import { Session, resolveAlways } from './session.js';
import { describeThrown } from './thrown.js';
import { CellInterrupted } from './typescript/loopGuards.js';
import { treeOf, variablesOf } from './variables.js';

type Library = typeof pipeline;
/** How long a host may take to read what is said before a long call, ms. */
const SAYING_TIME = 100;

type Start = KernelContract['requests']['start'];

/** Files that the kernel finds beside its own. */
export interface KernelFiles {
  /** The library's bundle, `dist/library.js`; beside it lie the files of its public names, which cells import. */
  readonly library: string;
  /** The library's types, `dist/types/index.d.ts`. */
  readonly types: string;
}

/** A kernel: answers the host on the main wire. */
export class Kernel {
  private readonly peer: RpcPeer<KernelContract, OffersNothing>;
  private readonly outputs: CellOutputs;
  private started: { session: Session; execution: CellExecution; library: Library } | undefined;
  private folder = process.cwd();
  private readonly progress = new SteadyUpdates<CellProgress>((cellId, progress) =>
    this.peer.emit('status', { state: 'busy', cellId, progress }),
  );

  /** @param channel the main wire. */
  constructor(
    private readonly channel: Channel,
    private readonly state: MainThreadState,
    private readonly files: KernelFiles,
  ) {
    this.peer = new RpcPeer<KernelContract, OffersNothing>(channel, kernelContract, offersNothing, (problem) =>
      this.log('warn', `a malformed message of the host: ${problem}`),
    );
    this.outputs = new CellOutputs((event, params) => this.peer.emit(event, params));
    this.peer.handle('start', (params) => this.start(params));
    this.peer.handle('execute', (params) => this.running().execution.execute(params));
    this.peer.handle('complete', (params) => this.running().session.complete(params));
    this.peer.handle('inspect', (params) => this.running().session.inspect(params));
    this.peer.handle('variables', () => this.variables());
    this.peer.handle('variable', ({ name }) => this.variable(name));
    this.peer.handle('tune', (params) => this.running().execution.tune(params));
    this.peer.handle('saveComparison', (params) => this.running().execution.saveComparison(params));
    this.peer.handle('tunedCode', ({ tuneId }) => this.running().library.host.tuningOf(tuneId)?.code ?? null);
    this.peer.handle('notebookMoved', ({ notebookPath }) => this.moveTo(notebookPath));
    this.peer.handle('shutdown', () => {
      // The answer goes out before the process does.
      setTimeout(() => process.exit(0), 20);
      return null;
    });
  }

  /** Ends the running cell; called on the main thread. */
  interrupt(): void {
    this.started?.execution.interrupt();
  }

  /** Sends what was printed so far; for an exit that leaves no time. */
  flush(): void {
    this.outputs.flush();
  }

  /** Reports what happened outside of any cell's own course: the person sees it in the cell, printed. */
  reportStray(what: string, error: unknown): void {
    // An interrupted loop in a callback ends like this; the cell says so itself.
    if (error instanceof CellInterrupted) return;
    process.stderr.write(`${what}: ${describeThrown(error, 'Cell').stack}\n`);
  }

  private async start({ folder, notebookPath }: Start['params']): Promise<Start['result']> {
    if (this.started) throw new RpcError('KERNEL_STARTED', 'This kernel was started before; a restart is a new process.');
    this.folder = folder;
    process.chdir(folder);
    // What cells import passes on the very library that is loaded below.
    for (const [name, entry] of Object.entries(libraryEntries))
      resolveAlways(name, path.join(path.dirname(this.files.library), `${entry}.js`));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- for `import()` Node would read the whole file once more, for the names that it exports
    const library = require('../library.js') as Library;
    countNativeCalls(this.files.library, this.state, () => this.sayEverything());
    resolveAlways(TSLAB_COMPILER, require.resolve('typescript'));
    this.outputs.connect(library);
    const session = new Session(folder, notebookPath, {
      ...this.files,
      jupyter: (data, update) => this.outputs.displayFromJupyter(data, update),
      undisturbed: (work) => this.state.undisturbed(work),
    });
    const execution = new CellExecution(session, library, this.outputs, this.state, {
      busy: (cellId, progress) =>
        progress ? this.progress.push(cellId, plain(progress)) : this.peer.emit('status', { state: 'busy', cellId }),
      idle: () => {
        this.progress.flush();
        this.peer.emit('status', { state: 'idle' });
      },
    });
    this.started = { session, execution, library };
    this.placeOutputs(notebookPath);
    return { pid: process.pid, node: process.version, frameloom: await versionOf(library), readyMs: Math.round(performance.now()) };
  }

  /** Outputs go to the new place at once, also those of the running cell; paths in its code keep their meaning till it ends. */
  private moveTo(notebookPath: string): null {
    const { execution, session } = this.running();
    this.placeOutputs(notebookPath);
    const folder = path.dirname(notebookPath);
    const follow = (): void => {
      if (folder === this.folder) return;
      process.chdir(folder);
      session.moveTo(folder, notebookPath);
      this.folder = folder;
    };
    execution
      .between(follow)
      .catch((error: unknown) => this.log('error', `The folder ${folder} cannot become the working folder: ${String(error)}`));
    return null;
  }

  private placeOutputs(notebookPath: string | undefined): void {
    const { host } = this.running().library;
    this.outputs.sideFolder = notebookPath
      ? host.folderBesideNotebook(path.resolve(this.folder, notebookPath))
      : host.folderOfUntitled(this.folder);
    void host.sweepLeftovers(this.outputs.sideFolder);
  }

  private variables(): Variable[] {
    const { session, library } = this.running();
    return this.state.undisturbed(() => variablesOf(session.variables(), library));
  }

  private async variable(name: string): Promise<TreeNode | null> {
    const { session, library } = this.running();
    const found = session.variables().find((variable) => variable.name === name);
    return found ? treeOf(found.value, library) : null;
  }

  private running(): NonNullable<Kernel['started']> {
    if (!this.started) throw new RpcError('KERNEL_NOT_STARTED', 'The kernel has not been started: ask `start` first.');
    return this.started;
  }

  /** Sends what was held back and waits until it is on its way: the thread will not be free to do so for a while. */
  private async sayEverything(): Promise<void> {
    this.progress.flush();
    this.outputs.flush();
    // A host that does not read just now keeps nobody from computing.
    await Promise.race([this.channel.written?.(), after(SAYING_TIME, undefined, { ref: false })]);
  }

  private log(level: 'info' | 'warn' | 'error', text: string): void {
    this.peer.emit('log', { level, text });
  }
}

function plain({ stage, text, step, steps, fraction, secondsLeft, device }: CellProgress): CellProgress {
  return { stage, text, step, steps, fraction, secondsLeft, device };
}

async function versionOf({ packageRoot }: Library): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const { version } = JSON.parse(await readFile(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
