import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { machineMemory } from '../../../../src/pipeline/core/index.js';

describe('the memory that a process may use', () => {
  const machine = { totalBytes: 16e9, freeBytes: 9e9 };
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'frameloom-memory-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is the machine’s where nothing keeps it to less', () => {
    assert.deepEqual(machineMemory(root, machine), { ...machine, of: 'machine' });
    write('proc/self/cgroup', '0::/user.slice\n');
    write('sys/fs/cgroup/user.slice/memory.max', 'max\n');
    write('sys/fs/cgroup/user.slice/memory.current', '12345\n');
    assert.deepEqual(machineMemory(root, machine), { ...machine, of: 'machine' });
  });

  it('is what a container leaves, pages of files that can be dropped not counted as used', () => {
    write('proc/self/cgroup', '0::/box/inner\n');
    write('sys/fs/cgroup/box/memory.max', '4000000000\n');
    write('sys/fs/cgroup/box/memory.current', '3000000000\n');
    write('sys/fs/cgroup/box/memory.stat', 'anon 500000000\nfile 2500000000\ninactive_file 2000000000\nactive_file 300000000\n');
    assert.deepEqual(machineMemory(root, machine), { totalBytes: 4e9, freeBytes: 3.3e9, of: 'container' });
  });

  it('is known from the first version of cgroups too, whose "no limit" is a large number', () => {
    write('proc/self/cgroup', '5:devices:/\n4:memory:/box\n0::/\n');
    write('sys/fs/cgroup/memory/memory.limit_in_bytes', '9223372036854771712\n');
    write('sys/fs/cgroup/memory/memory.usage_in_bytes', '1000000000\n');
    write('sys/fs/cgroup/memory/box/memory.limit_in_bytes', '2000000000\n');
    write('sys/fs/cgroup/memory/box/memory.usage_in_bytes', '1500000000\n');
    assert.deepEqual(machineMemory(root, machine), { totalBytes: 2e9, freeBytes: 0.5e9, of: 'container' });
  });

  it('a container larger than its machine has no more than that', () => {
    write('proc/self/cgroup', '0::/\n');
    write('sys/fs/cgroup/memory.max', '64000000000\n');
    write('sys/fs/cgroup/memory.current', '1000000000\n');
    assert.deepEqual(machineMemory(root, machine), { ...machine, of: 'machine' });
  });

  it('right here, some is free, and no more than there is', () => {
    const { totalBytes, freeBytes } = machineMemory();
    assert.ok(freeBytes > 0 && freeBytes <= totalBytes && totalBytes <= totalmem(), `${freeBytes} of ${totalBytes}, ${freemem()}`);
  });
});
