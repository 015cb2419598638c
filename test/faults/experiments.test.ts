import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ComparisonProgress } from '../../src/pipeline/experiments/index.js';
import { compareMany } from './experiments/compareMany.js';

const worker = path.join(__dirname, 'experiments', 'worker.ts');

describe('a comparison of 60 cells', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Makes cells until `stop` more are there, and interrupts then. @returns how many were taken from the folder. */
  async function interruptAfter(stop: number): Promise<void> {
    const controller = new AbortController();
    let made = 0;
    const onProgress = ({ run, text }: ComparisonProgress): void => {
      if (/is done$/.test(text) && run === undefined) made++;
      if (made >= stop && run) controller.abort();
    };
    await assert.rejects(compareMany({ folder, signal: controller.signal, onProgress }), { code: 'FL_ABORTED' });
  }

  it('is interrupted twice and its process killed once: no cell is made twice, none lost', async () => {
    await interruptAfter(7);
    const first = new Set(readdirSync(folder));
    assert.equal(first.size, 7);

    const child = spawn(process.execPath, ['--import', 'tsx', worker, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let told = '';
    for await (const chunk of child.stdout) {
      told += String(chunk);
      // Killed outright in the middle of a cell: the twentieth is done, and the next has begun.
      if (told.includes('began 20')) child.kill('SIGKILL');
    }
    await ended;
    const whole = readdirSync(folder).filter((name) => !name.includes('partial'));
    assert.ok(whole.length >= 20 && whole.length < 60, `${whole.length} cells`);

    await interruptAfter(whole.length + 5);
    const kept = readdirSync(folder);
    assert.ok(kept.length > whole.length && kept.every((name) => !name.includes('partial')), 'what was half-written is swept');

    const { cells } = await compareMany({ folder });
    assert.equal(cells.length, 60);
    assert.deepEqual(new Set(cells.filter((cell) => cell.kept).map(({ id }) => id)), new Set(kept));
    assert.equal(readdirSync(folder).length, 60);
    assert.ok([...first, ...whole].every((id) => kept.includes(id)));
  });
});
