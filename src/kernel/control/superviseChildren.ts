import childProcess from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { CellInterrupted } from '../typescript/loopGuards.js';
import type { MainThreadState } from './mainThreadState.js';

type Options = Record<string, unknown> & { stdio?: unknown };
type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;
type Streams = (null | { on(event: 'data', listener: (chunk: Uint8Array) => void): void })[];

/** The streams that a child can share with its parent: their number, and the parent's own. */
const SHARED = [
  [1, 'stdout'],
  [2, 'stderr'],
] as const;

/**
 * Watches over the child processes that cells start.
 *
 * What a child writes to an inherited stdout or stderr would go past the cell: it is passed on instead, as it comes; of a child
 * that is waited for (`execSync` and its like), when it has ended. And an interrupt can only end such a wait when the control
 * thread knows of it.
 *
 * @param waits called before a wait, with the ids of the children that are not waited for.
 */
export function superviseChildren(state: MainThreadState, waits: (others: readonly number[]) => void): void {
  const running = new Set<number>();
  superviseSpawn(running);
  const waiting = (wait: () => unknown): unknown => {
    waits([...running]);
    state.addChildWaitedFor(1);
    const done = (): void => {
      state.addChildWaitedFor(-1);
      // The child did not end by itself: what it says of its end is not why the cell ends.
      if (state.stopLoops) throw new CellInterrupted();
    };
    let result: unknown;
    try {
      result = wait();
    } catch (error) {
      done();
      throw error;
    }
    done();
    return result;
  };
  const builtin = childProcess as unknown as Record<string, AnyFunction>;
  for (const name of ['spawnSync', 'execSync', 'execFileSync'] as const) {
    const original = builtin[name]!;
    builtin[name] = function (...given) {
      const at = given.findIndex((value, index) => index > 0 && typeof value === 'object' && value !== null && !Array.isArray(value));
      const options = (given[at] ?? {}) as Options;
      const { stdio, shared } = withoutSharing(options.stdio);
      if (at < 0 || shared.length === 0) return waiting(() => original.apply(this, given));
      // What two of the three give holds no stderr; without `stdio` they pass it on by themselves. Where `stdio` has to stay, the
      // kernel's host reads it.
      const passesStderr = name !== 'spawnSync' && shared.some(([, stream]) => stream === 'stderr');
      const usual = passesStderr && stdio.length <= 3;
      if (passesStderr && !usual) stdio[2] = 'inherit';
      // Printed text has no limit where it is inherited.
      const replaced = given.map((value, index) =>
        index === at ? { ...options, stdio: usual ? undefined : stdio, maxBuffer: options.maxBuffer ?? Infinity } : value,
      );
      const run = (): unknown => waiting(() => original.apply(this, replaced));
      return usual
        ? whereAsked(
            stdio[1],
            passedOn(
              run,
              name,
              shared.filter(([, stream]) => stream === 'stdout'),
            ),
          )
        : passedOn(run, name, shared);
    };
  }
  syncBuiltinESMExports();
}

/** Children that run beside the cell. */
function superviseSpawn(running: Set<number>): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn(this: ChildProcess, options: unknown): unknown };
  const original = prototype.spawn;
  prototype.spawn = function (this: ChildProcess, options) {
    const given = options as Options;
    const { stdio, shared } = withoutSharing(given.stdio);
    if (shared.length > 0) given.stdio = stdio;
    const result = original.call(this, given);
    const { pid } = this;
    if (pid !== undefined) {
      running.add(pid);
      this.once('exit', () => running.delete(pid));
    }
    const streams = this.stdio as unknown as Streams;
    for (const [index, name] of shared) {
      streams[index]?.on('data', (chunk) => process[name].write(chunk));
      // To whoever started it the child looks as if it had inherited the stream.
      streams[index] = null;
      (this as unknown as Record<string, unknown>)[name] = null;
    }
    return result;
  };
}

/** The streams of a child with those that it would share taken apart. */
function withoutSharing(stdio: unknown): { stdio: unknown[]; shared: readonly (typeof SHARED)[number][] } {
  const list: unknown[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : Array.isArray(stdio) ? [...(stdio as unknown[])] : [];
  const shared = SHARED.filter(([index, name]) => list[index] === 'inherit' || list[index] === index || list[index] === process[name]);
  for (const [index] of shared) list[index] = 'pipe';
  return { stdio: list, shared };
}

/** Puts what a child wrote to a piped stdout where its caller wanted stdout: given, nowhere, or in an open file. */
function whereAsked(stdout: unknown, text: unknown): unknown {
  if (text === null || stdout === undefined || stdout === null || stdout === 'pipe' || stdout === 'overlapped') return text;
  const file = typeof stdout === 'object' ? (stdout as { fd?: unknown }).fd : stdout;
  if (typeof file === 'number') writeFileSync(file, text as string | Uint8Array);
  return null;
}

/** Passes on what a child that was waited for has written, and gives what its caller expects of inherited streams. */
function passedOn(wait: () => unknown, name: string, shared: readonly (typeof SHARED)[number][]): unknown {
  const pass = (result: Record<string, unknown>): void => {
    for (const [index, stream] of shared) {
      const text = result[stream] as string | Uint8Array | null;
      if (text?.length) process[stream].write(text);
      result[stream] = null;
      if (Array.isArray(result.output)) result.output[index] = null;
    }
  };
  try {
    const result = wait();
    if (name === 'spawnSync') pass(result as Record<string, unknown>);
    else if (shared.some(([, stream]) => stream === 'stdout') && result !== null) {
      process.stdout.write(result as string | Uint8Array);
      return null;
    }
    return result;
  } catch (error) {
    if (name !== 'spawnSync' && typeof error === 'object' && error !== null && 'output' in error) pass(error);
    throw error;
  }
}
