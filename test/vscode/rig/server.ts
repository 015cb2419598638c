import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Where `scripts/vscode-setup.mjs` put VS Code; test/vscode/launch.mjs hands it on. */
export interface Rig {
  readonly node: string;
  readonly vscode: string;
  readonly chromium: string;
}

/** The rig of this run. @throws {Error} when the tests were not started by test/vscode/launch.mjs. */
export function theRig(): Rig {
  const given = process.env.FRAMELOOM_TEST_RIG;
  if (!given) throw new Error('Start these tests with: node test/vscode/launch.mjs');
  return JSON.parse(given) as Rig;
}

/** How to start VS Code's server. */
export interface ServerOptions {
  /** Machine-wide settings, on top of what keeps a test window quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A folder of installed extensions; an empty one when absent. */
  readonly extensionsFolder?: string;
  /** Added to the environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

const quietSettings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  'window.confirmBeforeClose': 'never',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'files.simpleDialog.enable': true,
};

/** A running VS Code server with data folders of its own, which are removed with it. */
export class VsCodeServer {
  private constructor(
    readonly port: number,
    readonly dataFolder: string,
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  /** Starts a server on a free port and waits until it listens. */
  static async start(options: ServerOptions = {}): Promise<VsCodeServer> {
    const rig = theRig();
    const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-vscode-'));
    const userFolder = path.join(dataFolder, 'data', 'User');
    mkdirSync(userFolder, { recursive: true });
    writeFileSync(path.join(userFolder, 'settings.json'), JSON.stringify({ ...quietSettings, ...options.settings }, null, 2));
    const extensionsFolder = options.extensionsFolder ?? path.join(dataFolder, 'extensions');
    mkdirSync(extensionsFolder, { recursive: true });
    const port = await freePort();
    const args = [
      path.join(rig.vscode, 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
      ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder, '--enable-smoke-test-driver', '--telemetry-level', 'off'],
    ];
    const child = spawn(rig.node, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment(), ...options.env } });
    const server = new VsCodeServer(port, dataFolder, child, []);
    await server.untilListening();
    return server;
  }

  /** The address of a window on a folder, with what it is to load, as VS Code's web page takes it. */
  windowAddress(folder: string, payload: Readonly<Record<string, string>> = {}): string {
    const entries = Object.entries(payload).map(([key, file]) => [key, `vscode-remote://127.0.0.1:${this.port}${file}`]);
    const query = new URLSearchParams({ folder, ...(entries.length > 0 ? { payload: JSON.stringify(entries) } : {}) });
    return `http://127.0.0.1:${this.port}/?${query}`;
  }

  /** What the server printed, for a failed test. */
  get log(): string {
    return this.output.join('');
  }

  /** Ends the server and removes its folders. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      const kill = setTimeout(() => this.child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(kill);
    }
    rmSync(this.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }

  private untilListening(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`VS Code's server did not listen within 60 s:\n${this.log}`)), 60_000);
      const listen = (chunk: Buffer): void => {
        this.output.push(chunk.toString());
        if (!/Extension host agent listening on/.test(this.log)) return;
        clearTimeout(timer);
        resolve();
      };
      this.child.stdout?.on('data', listen);
      this.child.stderr?.on('data', listen);
      this.child.once('exit', (code) => reject(new Error(`VS Code's server ended with code ${code}:\n${this.log}`)));
    });
  }
}

/** The environment without what this very process was started with: loaders and Electron's switches. */
function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'VSCODE_IPC_HOOK_CLI']) delete env[name];
  return env;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
