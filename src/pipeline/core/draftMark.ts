import { createHash, randomInt } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/*
 * Unfinished and temporary files bear the mark of the process that writes them: what a process that was killed outright could
 * not remove is then known for what it is, and goes with the next start.
 */

/** This machine, and this container: process ids mean something only here, and folders may be shared. */
const machine = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 6);

/** A new mark of this process, `<pid>-<number>-<machine>`; nobody can guess the number, and make a link of that name first. */
export function draftMark(): string {
  return `${process.pid}-${randomInt(1, 2 ** 47)}-${machine}`;
}

/** Whether a process of this machine made something with this mark, and is no more. */
export function isForgotten(mark: string): boolean {
  const [, pid, where] = /^(\d+)-\d+-([0-9a-f]{6})/.exec(mark) ?? [];
  return pid !== undefined && where === machine && !isRunning(Number(pid));
}

/** Whether a process has this id here. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a name is that of a draft: of ours, or of an earlier version. */
export function isDraftName(name: string): boolean {
  return /\.partial-\d+-\d+|\.part$/.test(name);
}

/** Removes the drafts in a folder that processes of this machine left when they were killed. Links stay. */
export async function sweepDrafts(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const mark = /\.partial-(\d+-\d+-[0-9a-f]{6})|\.(\d+-\d+-[0-9a-f]{6})\.part$/.exec(entry.name);
    if (mark && !entry.isSymbolicLink() && isForgotten(mark[1] ?? mark[2]!))
      await rm(join(folder, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux
  }
}
