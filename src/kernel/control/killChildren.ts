import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Kills the processes that this process started, and those that they started, but for some.
 *
 * @param kept process ids that are left alone, with what they started.
 * @returns false where it cannot be found out what those are.
 */
export function killChildren(kept: ReadonlySet<number>): boolean {
  if (process.platform === 'win32') return false;
  const parents = process.platform === 'linux' ? parentsFromProc() : parentsFromPs();
  const children = (parent: number): number[] => parents.filter(([pid, ppid]) => ppid === parent && !kept.has(pid)).map(([pid]) => pid);
  const all: number[] = [];
  for (let level = children(process.pid); level.length > 0; level = level.flatMap(children)) all.push(...level);
  for (const pid of all) kill(pid);
  return all.length > 0;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}

function parentsFromProc(): [pid: number, parent: number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): [number, number][] => {
      try {
        // The name in brackets may hold anything; what follows the last bracket is the state, then the parent.
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return [[Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
      } catch {
        return [];
      }
    });
}

function parentsFromPs(): [pid: number, parent: number][] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return [...list.matchAll(/^\s*(\d+)\s+(\d+)/gm)].map(([, pid, parent]) => [Number(pid), Number(parent)]);
}
