import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { start } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');

describe('frameloom edit: the source is never overwritten, and no work is done for a result that cannot be written', () => {
  let folder: string;
  const at = (...names: string[]) => path.join(folder, ...names);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-outputs-'));
    mkdirSync(at('clips'));
    copyFileSync(sample, at('clips', 'source.mp4'));
    symlinkSync(at('clips', 'source.mp4'), at('link.mp4'));
    linkSync(at('clips', 'source.mp4'), at('hard.mp4'));
    symlinkSync('link.mp4', at('chain.mp4'));
    symlinkSync(at('clips'), at('linked'));
    symlinkSync(at('clips', 'none-yet.mp4'), at('dangling.mp4'));
    mkdirSync(at('frames'));
    await (await Video.open(sample, { maxFrames: 3, width: 64, height: 64 })).save(at('frames', '%04d.png'));
    symlinkSync(at('frames'), at('same-frames'));
    mkdirSync(at('elsewhere'));
    for (const name of readdirSync(at('frames'))) symlinkSync(at('frames', name), at('elsewhere', `p${name}`));
    mkdirSync(at('folder.mp4'));
    writeFileSync(at('file'), '');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Names and contents of everything. */
  const everything = () =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [
          path.join(parentPath, name),
          createHash('sha1')
            .update(readFileSync(path.join(parentPath, name)))
            .digest('hex'),
        ]),
    );

  const refuses = (
    title: string,
    input: string,
    outputs: () => string[],
    code: number,
    message: RegExp,
    env: () => NodeJS.ProcessEnv = () => ({}),
  ) =>
    it(title, async () => {
      const before = everything();
      // A model that is not there: only what comes before the model is loaded can refuse with another code.
      const {
        code: ended,
        stdout,
        stderr,
      } = await start(['edit', at(...input.split('/')), 'a star', '--model', at('no-model'), ...outputs()], env()).finished;
      assert.equal(ended, code, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.deepEqual(everything(), before);
    });
  const kept = (title: string, input: string, ...outputs: string[]) =>
    refuses(
      title,
      input,
      () => outputs.flatMap((name, i) => [['-o', '--side-by-side'][i]!, at(...name.split('/'))]),
      2,
      /never overwritten/,
    );

  kept('the source itself', 'clips/source.mp4', 'clips/source.mp4');
  kept('the source by a roundabout path', 'clips/source.mp4', 'clips/../clips/./source.mp4');
  kept('a symbolic link to the source', 'clips/source.mp4', 'link.mp4');
  kept('a link to a link to it', 'clips/source.mp4', 'chain.mp4');
  kept('a hard link to it', 'clips/source.mp4', 'hard.mp4');
  kept('the file that the source is a link to', 'link.mp4', 'clips/source.mp4');
  kept('the source through a linked folder', 'clips/source.mp4', 'linked/source.mp4');
  kept('the source through a linked folder, given so', 'linked/source.mp4', 'clips/source.mp4');
  kept('the second result over the source', 'clips/source.mp4', 'new.mp4', 'linked/source.mp4');
  kept('a sequence over itself', 'frames/%04d.png', 'frames/%04d.png');
  kept('a sequence over itself, padded otherwise', 'frames/%04d.png', 'frames/%d.png');
  kept('a sequence over itself through a linked folder', 'frames/%04d.png', 'same-frames/%04d.png');
  kept('a folder of pictures over itself', 'frames', 'frames/%04d.png');
  kept('other pictures among those of a folder', 'frames', 'same-frames/other%d.png');
  kept('a single picture over itself', 'frames/0002.png', 'frames/%04d.png');
  kept('pictures that are links to the target', 'elsewhere', 'frames/%04d.png');
  kept('a sequence of links to the target', 'elsewhere/p%04d.png', 'frames/%04d.png');
  refuses(
    'a contact sheet over a picture of the source',
    'frames',
    () => ['-o', at('x.mp4'), '--contact-sheet', at('frames', '0002.png')],
    2,
    /never overwritten/,
  );
  refuses(
    'a contact sheet in the place of a picture of the source that is not there',
    'frames/%04d.png',
    () => ['-o', at('x.mp4'), '--contact-sheet', at('same-frames', '0009.png')],
    2,
    /never overwritten/,
  );

  const twins = (title: string, one: string, other: string, option = '--side-by-side') =>
    refuses(title, 'clips/source.mp4', () => ['-o', at(...one.split('/')), option, at(...other.split('/'))], 2, /lead to one file/);
  twins('two results of one name', 'x.mp4', 'x.mp4');
  twins('two results of one name, through a linked folder', 'clips/x.mp4', 'linked/x.mp4');
  twins('two results of one name, through a link that leads nowhere yet', 'dangling.mp4', 'dangling.mp4');
  twins('two results of one name in a folder that is not there', 'new/x.mp4', 'new/./x.mp4');
  twins('a picture among those of the result', 'new/%04d.png', 'new/0001.png', '--contact-sheet');
  twins('two sequences in one folder whose numbers meet', 'new/a%04d.png', 'new/a%d.png');

  const unwritable = (title: string, outputs: () => string[], message: RegExp, env?: () => NodeJS.ProcessEnv) =>
    refuses(title, 'clips/source.mp4', outputs, 5, message, env);
  unwritable('a result where a folder is', () => ['-o', at('folder.mp4')], /folder has that name/);
  unwritable('a result below a file', () => ['-o', at('file', 'x.mp4')], /a file has the name of one of its folders/);
  unwritable('a result without an ending', () => ['-o', at('x')], /no extension/);
  unwritable(
    'a second result that cannot be written',
    () => ['-o', at('x.mp4'), '--side-by-side', at('folder.mp4')],
    /folder has that name/,
  );
  unwritable('a contact sheet that is no picture', () => ['-o', at('x.mp4'), '--contact-sheet', at('x.jpg')], /PNG/);
  unwritable(
    'no temporary folder',
    () => ['-o', at('x.mp4')],
    /temporary folder/,
    () => ({ TMPDIR: at('none') }),
  );
  if (process.getuid?.() !== 0) {
    unwritable(
      'a write-protected folder',
      () => {
        mkdirSync(at('locked'), { recursive: true });
        chmodSync(at('locked'), 0o555);
        return ['-o', at('locked', 'x.mp4')];
      },
      /write-protected/,
    );
  }
  refuses(
    'nothing wrong but the model: what was looked at is as before',
    'clips/source.mp4',
    () => ['-o', at('new', 'deep', 'x.mp4'), '--side-by-side', at('new', 'y.mp4'), '--contact-sheet', at('new', 'sheet', 's.png')],
    4,
    /no-model/,
  );
});
