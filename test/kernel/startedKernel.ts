import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KernelClient } from '../../src/kernelHost/index.js';
import type { CellProgress, PreviewFrames } from '../../src/shared/kernelProtocol.js';
import type { Bundle } from '../../src/shared/outputs/index.js';

/** The repository's folder. */
export const root = path.resolve(__dirname, '../..');
/** The kernel under test: the real, bundled process. */
export const kernelScript = path.join(root, 'dist/kernel.js');
/** A clip of 24 frames of 256 × 256. */
export const sampleClip = path.join(root, 'media/samples/red-car.mp4');

/** Everything that a kernel put out, in order. */
export type Output =
  | { event: 'stream'; cellId: string; name: 'stdout' | 'stderr'; text: string }
  | { event: 'display'; cellId: string; displayId?: string; bundle: Bundle }
  | { event: 'updateDisplay'; displayId: string; bundle: Bundle; at: number };

/** A kernel in a folder of its own, with everything that it put out. */
export class StartedKernel {
  outputs: Output[] = [];
  readonly progress: CellProgress[] = [];
  readonly previews: PreviewFrames[] = [];

  private constructor(
    readonly client: KernelClient,
    readonly folder: string,
  ) {
    const { main } = client;
    main.on('stream', (params) => this.outputs.push({ event: 'stream', ...params }));
    main.on('display', (params) => this.outputs.push({ event: 'display', ...params }));
    main.on('updateDisplay', (params) => this.outputs.push({ event: 'updateDisplay', at: Date.now(), ...params }));
    main.on('status', ({ progress }) => progress && this.progress.push(progress));
    main.on('preview', (frames) => this.previews.push(frames));
  }

  /** @param folder where the notebook lies; one of its own by default, which goes with the kernel. */
  static async start(execArgv: string[] = [], folder = mkdtempSync(path.join(tmpdir(), 'frameloom-kernel-'))): Promise<StartedKernel> {
    buildKernel();
    const client = await KernelClient.start({ script: kernelScript, folder, notebookPath: path.join(folder, 'story.ipynb'), execArgv });
    return new StartedKernel(client, folder);
  }

  /** Runs a cell that must succeed. */
  async run(code: string): Promise<void> {
    const { status, error } = await this.client.execute(code);
    if (status !== 'ok') throw new Error(`The cell ended with ${status}: ${error?.stack}`);
  }

  /** Runs a cell that must succeed and gives the text form of the last thing that it showed. */
  async valueOf(code: string): Promise<unknown> {
    this.outputs = [];
    await this.run(code);
    return this.bundle()?.['text/plain'];
  }

  /** The last bundle that was shown or updated. */
  bundle(): Bundle | undefined {
    const shown = this.outputs.findLast((output) => output.event !== 'stream');
    return shown && shown.bundle;
  }

  /** All printed text, both streams together in order. */
  printed(): string {
    return this.outputs.map((output) => (output.event === 'stream' ? output.text : '')).join('');
  }

  /** Ends it outright, as when memory runs out; its folder stays. */
  async kill(): Promise<void> {
    process.kill(this.client.pid!, 'SIGKILL');
    await this.client.ended;
  }

  async stop(): Promise<void> {
    this.client.kill();
    await this.client.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until something is so. */
export async function until(condition: () => boolean, what: string, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let built = false;

/** Builds `dist/` when a source is newer than it. */
export function buildKernel(): void {
  if (built) return;
  built = true;
  const types = path.join(root, 'dist/types/index.d.ts');
  const sources = ['src/kernel', 'src/pipeline', 'src/display', 'src/shared', 'src/cli', 'scripts'].map((folder) =>
    newest(path.join(root, folder)),
  );
  const outputs = [kernelScript, path.join(root, 'dist/library.js'), path.join(root, 'dist/cli.js')];
  if (outputs.some((file) => !existsSync(file) || statSync(file).mtimeMs < Math.max(...sources))) {
    execFileSync(process.execPath, ['scripts/build.mjs', '--no-types'], { cwd: root, stdio: 'inherit' });
  }
  if (!existsSync(types)) execFileSync(process.execPath, ['scripts/library-types.mjs', 'dist/types'], { cwd: root, stdio: 'inherit' });
}

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs),
  );
}
