import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '../../..');
const script = path.join('scripts', 'error-codes.mjs');

describe('docs/error-codes.md', () => {
  it('lists every code of the source with its messages', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('is told to be out of date when an error gets another message or a new code', () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'frameloom-error-codes-'));
    try {
      for (const folder of ['scripts', 'src', 'docs']) mkdirSync(path.join(copy, folder));
      cpSync(path.join(root, script), path.join(copy, script));
      symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
      const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { cwd: copy, encoding: 'utf8' }).status;
      writeFileSync(path.join(copy, 'src', 'errors.ts'), "throw new FrameloomError('FL_VIDEO_EMPTY', `${path} is empty.`);");
      assert.equal(run(), 0);
      assert.match(readFileSync(path.join(copy, 'docs', 'error-codes.md'), 'utf8'), /\| `FL_VIDEO_EMPTY` \| … is empty\. \|/);
      assert.equal(run('--check'), 0);
      writeFileSync(path.join(copy, 'src', 'errors.ts'), "throw new FrameloomError('FL_VIDEO_EMPTY', `${path} has no bytes.`);");
      assert.equal(run('--check'), 1);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
