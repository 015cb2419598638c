import { rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';

/*
 * What must not outlive this process: ffmpeg children and unfinished or temporary files.
 *
 * Everything registered here goes when the process exits, in whatever way lets JavaScript run once
 * more: the normal end, process.exit, an uncaught error, or SIGINT, SIGTERM and SIGHUP.
 */

const children = new Set<ChildProcess>();
const leftovers = new Set<string>();
const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
let watching = false;

/** Kills `child` should this process end before it does. */
export function guardChild(child: ChildProcess): void {
  children.add(child);
  watch();
  const release = (): void => {
    children.delete(child);
    unwatchWhenIdle();
  };
  child.once('exit', release);
  child.once('error', release);
}

/** Removes the file or folder at `path` should this process end before {@link releasePath}. */
export function guardPath(path: string): void {
  leftovers.add(path);
  watch();
}

/** The path is finished or removed: leave it alone from now on. */
export function releasePath(path: string): void {
  leftovers.delete(path);
  unwatchWhenIdle();
}

/** Ends the children and removes the paths now. Synchronous, as exit handlers must be. */
function sweep(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const path of leftovers) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 2 });
    } catch {
      // Another process may hold the file (Windows); exiting matters more than a temporary file.
    }
  }
  leftovers.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // A host with its own handler (a CLI that aborts politely, a kernel that is being interrupted)
  // decides what the signal means; the 'exit' event still sweeps if it decides to leave.
  if (process.listenerCount(signal) > 1) return;
  sweep();
  unwatchWhenIdle();
  process.kill(process.pid, signal);
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', sweep);
  for (const signal of signals) process.on(signal, onSignal);
}

function unwatchWhenIdle(): void {
  if (!watching || children.size > 0 || leftovers.size > 0) return;
  watching = false;
  process.off('exit', sweep);
  for (const signal of signals) process.off(signal, onSignal);
}
