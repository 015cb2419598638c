import { spawn } from 'node:child_process';
import path from 'node:path';

/** What a run of the command line left. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

const cli = path.join(__dirname, '..', '..', 'dist', 'cli.js');

/** Starts `frameloom` with arguments, as the built package would. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string) {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, finished };
}

/** Runs `frameloom` to its end. */
export function frameloom(...args: string[]): Promise<Finished> {
  return start(args).finished;
}
