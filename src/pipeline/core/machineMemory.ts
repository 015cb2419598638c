import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import path from 'node:path';

/** Memory that a process may use. */
export interface MachineMemory {
  /** Bytes in all: of the machine, or of the container that it is kept to. */
  readonly totalBytes: number;
  /** Bytes that are free, pages of files that can be dropped included. */
  readonly freeBytes: number;
  /** What the numbers are of: the machine, or the limit of a container (cgroup). */
  readonly of: 'machine' | 'container';
}

/** Memory that this process may use, right now. @param root where `/proc` and `/sys` lie, for tests. */
export function machineMemory(root = '/', machine = { totalBytes: totalmem(), freeBytes: freemem() }): MachineMemory {
  const limits = controlGroups(root).flatMap((group) => limitOf(group) ?? []);
  return limits.reduce<MachineMemory>(
    (least, limit) => ({
      totalBytes: Math.min(least.totalBytes, limit.totalBytes),
      freeBytes: Math.min(least.freeBytes, limit.freeBytes),
      of: limit.totalBytes < least.totalBytes || limit.freeBytes < least.freeBytes ? 'container' : least.of,
    }),
    { ...machine, of: 'machine' },
  );
}

/** Folders of the control groups that hold this process, the innermost first; each may have a limit. None outside of Linux. */
function controlGroups(root: string): string[] {
  return (read(path.join(root, 'proc/self/cgroup')) ?? '').split('\n').flatMap((line) => {
    const [, kinds, place] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (place === undefined || (kinds !== '' && !kinds!.split(',').includes('memory'))) return [];
    const mount = path.join(root, kinds === '' ? 'sys/fs/cgroup' : 'sys/fs/cgroup/memory');
    const groups = [];
    for (let group = path.posix.join('/', place); ; group = path.posix.dirname(group)) {
      groups.push(path.join(mount, group));
      if (group === '/') return groups;
    }
  });
}

/** A group's limit by either version of cgroups. https://docs.kernel.org/admin-guide/cgroup-v2.html */
function limitOf(group: string): { totalBytes: number; freeBytes: number } | undefined {
  const number = (...names: string[]) => {
    const text = names.map((name) => read(path.join(group, name))?.trim()).find((found) => found !== undefined);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const totalBytes = number('memory.max', 'memory.limit_in_bytes');
  const used = number('memory.current', 'memory.usage_in_bytes');
  // Version 1 says "no limit" by a number near 2^63.
  if (totalBytes === undefined || used === undefined || totalBytes > 2 ** 60) return undefined;
  // Pages of files count as used, though they are dropped when memory is asked for.
  const pages = [...(read(path.join(group, 'memory.stat')) ?? '').matchAll(/^(?:in)?active_file (\d+)$/gm)];
  const droppable = pages.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  return { totalBytes, freeBytes: Math.max(0, totalBytes - Math.max(0, used - droppable)) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
