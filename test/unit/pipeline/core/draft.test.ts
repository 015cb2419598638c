import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Draft, isDraftName, writeWhole } from '../../../../src/pipeline/core/index.js';

describe('A file that appears complete or not at all', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-draft-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => path.join(folder, name);

  it('takes the place of the one before it in one step', async () => {
    writeFileSync(at('sheet.png'), 'before');
    await writeWhole(at('sheet.png'), async (draft) => {
      await writeFile(draft, 'after');
      assert.equal(readFileSync(at('sheet.png'), 'utf8'), 'before');
      assert.equal(path.extname(draft), '.png');
      assert.ok(isDraftName(path.basename(draft)));
    });
    assert.equal(readFileSync(at('sheet.png'), 'utf8'), 'after');
    assert.deepEqual(readdirSync(folder), ['sheet.png']);
  });

  it('leaves the one before it, and nothing else, when it cannot be made', async () => {
    writeFileSync(at('sheet.png'), 'before');
    await assert.rejects(
      writeWhole(at('sheet.png'), async (draft) => {
        await writeFile(draft, 'half');
        throw new Error('the drive is full');
      }),
      /full/,
    );
    assert.equal(readFileSync(at('sheet.png'), 'utf8'), 'before');
    assert.deepEqual(readdirSync(folder), ['sheet.png']);
  });

  it('may be a folder, which replaces another with all that is in it', async () => {
    mkdirSync(at('run'));
    writeFileSync(at('run/old'), '');
    const draft = new Draft(at('run'));
    mkdirSync(draft.path);
    writeFileSync(path.join(draft.path, 'new'), '');
    await draft.commit();
    assert.deepEqual(readdirSync(at('run')), ['new']);
    assert.deepEqual(readdirSync(folder), ['run']);
  });

  it('goes when its process ends before it is finished', () => {
    const script = `
      const { Draft } = require(${JSON.stringify(path.join(__dirname, '../../../../src/pipeline/core/index.ts'))});
      const draft = new Draft(${JSON.stringify(at('clip.mp4'))});
      require('node:fs').writeFileSync(draft.path, 'half');
      if (!require('node:fs').existsSync(draft.path)) process.exit(9);
      process.exit(3);`;
    assert.equal(spawnSync(process.execPath, ['--import=tsx', '-e', script], { cwd: path.join(__dirname, '../../../..') }).status, 3);
    assert.ok(!existsSync(at('clip.mp4')));
    assert.deepEqual(readdirSync(folder), []);
  });
});
