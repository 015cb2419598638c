import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sweepLeftovers } from '../../src/display/sideFolder.js';
import { draftMark, isForgotten } from '../../src/pipeline/core/draftMark.js';

const ownTemporary = process.env.TMPDIR;

describe('what a process that was killed outright left is swept by the next', () => {
  let folder: string;
  let temporary: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-forgotten-'));
    temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    process.env.TMPDIR = temporary;
  });
  afterEach(() => {
    if (ownTemporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = ownTemporary;
    rmSync(folder, { recursive: true, force: true });
  });

  const side = () => ({ base: folder, folder: path.join(folder, 'story.frameloom') });
  const inSide = (name: string) => path.join(side().folder, name);

  it('its temporary folders and its drafts of outputs, at once; those of the living stay', async () => {
    mkdirSync(side().folder);
    const program = `
      const pipeline = ${JSON.stringify(path.join(__dirname, '../../src/pipeline'))};
      const { createPrivateFolder } = require(pipeline + '/core/privateFolder.ts');
      const { PartialFile } = require(pipeline + '/video/partialFile.ts');
      const { draftMark } = require(pipeline + '/core/draftMark.ts');
      (async () => {
        require('node:fs').writeFileSync((await createPrivateFolder()).path + '/capture.bin', 'x');
        await PartialFile.create(${JSON.stringify(inSide('clip.mp4'))}, true);
        require('node:fs').writeFileSync(${JSON.stringify(inSide('latents.png.'))} + draftMark() + '.part', 'x');
        process.kill(process.pid, 'SIGKILL');
      })();`;
    assert.equal(spawnSync(process.execPath, ['--import=tsx', '-e', program], { cwd: path.join(__dirname, '../..') }).signal, 'SIGKILL');
    assert.equal(readdirSync(side().folder).length, 2);
    assert.equal(readdirSync(temporary).filter((name) => name.startsWith('frameloom')).length, 1);
    const mine = `frames.png.${draftMark()}.part`;
    const elsewhere = `frames.png.99999999-1-000000.part`;
    for (const name of [mine, elsewhere, 'clip.mp4', 'notes.part', 'a.partial-notes.mp4']) writeFileSync(inSide(name), '');
    await sweepLeftovers(side());
    assert.deepEqual(readdirSync(side().folder).sort(), [mine, elsewhere, 'clip.mp4', 'notes.part', 'a.partial-notes.mp4'].sort());
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('frameloom')),
      [],
    );
  });

  it('but nothing behind a link', async () => {
    const documents = path.join(folder, 'Documents');
    mkdirSync(documents);
    const draft = `letter.${draftMark().replace(/^\d+/, '99999999')}.part`;
    assert.ok(isForgotten(draft.slice('letter.'.length)));
    writeFileSync(path.join(documents, draft), 'mine');
    symlinkSync(documents, side().folder);
    await sweepLeftovers(side());
    assert.deepEqual(readdirSync(documents), [draft]);
  });
});
