import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readNotebook } from '../../src/kernel/host/notebookFile.js';
import { buildKernel, root } from './startedKernel.js';

describe('frameloom run', () => {
  let folder: string;
  before(buildKernel);
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-notebook-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [path.join(root, 'dist/cli.js'), 'run', ...args], { cwd: folder, encoding: 'utf8' });

  /** Writes a notebook of code cells and gives its path. */
  function write(name: string, ...cells: (string | { source: string; tags: string[] })[]): string {
    const file = path.join(folder, name);
    const full = cells.map((cell, i) => ({ id: `c${i}`, cell_type: 'code', metadata: { tags: typeof cell === 'string' ? [] : cell.tags }, source: typeof cell === 'string' ? cell : cell.source, outputs: [], execution_count: null }));
    writeFileSync(file, JSON.stringify({ cells: full, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    return file;
  }

  it('runs one with parameters, writes outputs, counts and timings', async () => {
    const source = write('a.ipynb', { source: 'let steps: number = 1; let name = "none";', tags: ['parameters'] }, 'console.log(name); steps * 2');
    const { status, stderr } = run(source, '-o', 'out.ipynb', '--param', 'steps=21', '-p', 'name=a b');
    assert.equal(status, 0, String(stderr));
    const { cells } = await readNotebook(path.join(folder, 'out.ipynb'));
    assert.deepEqual(cells.map((cell) => cell.metadata.tags), [['parameters'], ['injected-parameters'], []]);
    assert.deepEqual(cells[2]!.outputs, [
      { output_type: 'stream', name: 'stdout', text: ['a b\n'] },
      { output_type: 'display_data', data: { 'text/plain': ['42'] }, metadata: {} },
    ]);
    assert.equal(cells[2]!.execution_count, 3);
    assert.ok(cells[2]!.metadata.execution);
    assert.equal(run('out.ipynb', '-o', 'again.ipynb', '-p', 'steps=3', '-p', 'name=b').status, 0);
    assert.equal((await readNotebook(path.join(folder, 'again.ipynb'))).cells.length, 3, 'an injected cell is replaced');
  });

  it('stops at the first error with its place, and with --keep-going goes on', async () => {
    const source = write('b.ipynb', '1', 'const bad: number = "x";', '3');
    const { status, stderr } = run(source, '-o', 'out.ipynb');
    assert.equal(status, 1);
    assert.match(String(stderr), /Cell 2 of 3 failed[^]*Cell 2:1:7 - error TS2322/);
    const { cells } = await readNotebook(path.join(folder, 'out.ipynb'));
    assert.equal(cells[1]!.outputs![0]!.output_type, 'error');
    assert.equal(cells[2]!.execution_count, null);
    run(source, '-o', 'all.ipynb', '--keep-going');
    assert.equal((await readNotebook(path.join(folder, 'all.ipynb'))).cells[2]!.execution_count, 3);
  });

  it('ends a cell that takes too long, reports a dead kernel and refuses what is no notebook', async () => {
    assert.match(String(run(write('loop.ipynb', 'while (true) {}'), '-o', 'loop-out.ipynb', '--timeout', '0.5').stderr), /interrupted/);
    assert.match(String(run(write('exit.ipynb', 'process.exit(4)'), '-o', 'exit-out.ipynb').stderr), /exit code 4/);
    writeFileSync(path.join(folder, 'c.ipynb'), '{"cells": 1}');
    assert.match(String(run('c.ipynb').stderr), /FL_NOTEBOOK_FORMAT/);
    assert.match(String(run('none.ipynb').stderr), /FL_NOTEBOOK_READ/);
    assert.match(String(run('c.ipynb', '--param', '1x=2').stderr), /1x=2/);
  });
});
