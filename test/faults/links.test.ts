import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { carryFiles } from '../../src/extension/notebook/carryFiles.js';
import type { NotebookPlace } from '../../src/extension/notebook/sideFiles.js';
import { unusedFiles } from '../../src/extension/notebook/unusedFiles.js';
import { fileFor, folderBesideNotebook, folderOfUntitled, writeBeside } from '../../src/display/sideFolder.js';
import { Video } from '../../src/index.js';

const ways = ['copy', 'move', 'move all'] as const;

describe("a stranger's folder with links in the place of files and side folders", () => {
  let root: string;
  let documents: string;
  let folder: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'frameloom-links-'));
    [documents, folder] = [path.join(root, 'Documents'), path.join(root, 'repository')];
    for (const made of [folder, path.join(documents, 'letters')]) mkdirSync(made, { recursive: true });
    for (const name of ['diary.txt', 'tax.mp4', 'letters/one.mp4']) writeFileSync(path.join(documents, name), name);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const at = (...parts: string[]) => path.join(folder, ...parts);
  const place = (name: string, where = folder): NotebookPlace => ({ folder: where, sideFolder: `${name}.frameloom` });
  const untouched = () => assert.deepEqual(allBelow(documents), ['diary.txt', 'letters/one.mp4', 'tax.mp4']);
  const side = (...names: string[]) => {
    mkdirSync(at('story.frameloom'), { recursive: true });
    for (const name of names) writeFileSync(at('story.frameloom', name), name);
  };

  for (const how of ways) {
    it(`nothing is carried out of a side folder that is a link (${how})`, async () => {
      symlinkSync('../Documents', at('story.frameloom'));
      const named = ['story.frameloom/diary.txt', 'story.frameloom/tax.mp4', 'story.frameloom/letters/one.mp4'];
      assert.deepEqual([...(await carryFiles(place('story'), place('tale'), named, how))], []);
      assert.deepEqual(readdirSync(folder), ['story.frameloom']);
      untouched();
    });

    it(`nothing is carried through a link on the way, to a file, or out of the folder (${how})`, async () => {
      side('own.mp4');
      symlinkSync('../../Documents', at('story.frameloom', 'inner'));
      symlinkSync('../../Documents/tax.mp4', at('story.frameloom', 'clip.mp4'));
      symlinkSync('../Documents', at('clips'));
      const named = [
        'story.frameloom/inner/tax.mp4',
        'story.frameloom/clip.mp4',
        'clips/tax.mp4',
        '../Documents/tax.mp4',
        path.join(documents, 'tax.mp4'),
        'story.frameloom/own.mp4',
      ];
      const elsewhere = path.join(root, 'elsewhere');
      mkdirSync(elsewhere);
      assert.deepEqual(
        [...(await carryFiles(place('story'), place('tale', elsewhere), named, how))],
        [['story.frameloom/own.mp4', 'tale.frameloom/own.mp4']],
      );
      assert.deepEqual(allBelow(elsewhere), ['tale.frameloom/own.mp4']);
      untouched();
    });

    it(`nothing is put into a side folder that is a link (${how})`, async () => {
      side('own.mp4');
      symlinkSync('../Documents', at('tale.frameloom'));
      assert.deepEqual([...(await carryFiles(place('story'), place('tale'), ['story.frameloom/own.mp4'], how))], []);
      assert.deepEqual(readdirSync(at('story.frameloom')), ['own.mp4']);
      untouched();
    });

    it(`a file that is no video and not of an output does not go along (${how})`, async () => {
      writeFileSync(at('.env'), 'secret');
      writeFileSync(at('clip.mp4'), 'clip');
      const elsewhere = path.join(root, 'elsewhere');
      mkdirSync(elsewhere);
      assert.deepEqual([...(await carryFiles(place('story'), place('tale', elsewhere), ['.env', 'clip.mp4'], how)).keys()], ['clip.mp4']);
      assert.deepEqual(allBelow(elsewhere), ['tale.frameloom/clip.mp4']);
    });
  }

  it('what a whole move finds behind and beside links stays: pipes, links, and what would go behind one', async () => {
    side('own.mp4', 'kept.part');
    mkdirSync(at('story.frameloom', 'inner'));
    writeFileSync(at('story.frameloom', 'inner', 'deep.png'), '');
    symlinkSync('../../Documents', at('story.frameloom', 'link'));
    mkdirSync(at('tale.frameloom'));
    symlinkSync('../../Documents', at('tale.frameloom', 'inner'));
    await carryFiles(place('story'), place('tale'), [], 'move all');
    assert.deepEqual(allBelow(at('story.frameloom')), ['inner/deep.png', 'kept.part', 'link']);
    assert.deepEqual(readdirSync(at('tale.frameloom')).sort(), ['inner', 'own.mp4']);
    untouched();
  });

  it('links offer nothing for the trash, and a pipe or folder with a notebook’s name is not read', async () => {
    symlinkSync('../Documents', at('story.frameloom'));
    mkdirSync(at('.frameloom'));
    symlinkSync('../../Documents', at('.frameloom', 'untitled'));
    mkdirSync(at('folder.ipynb'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [at('pipe.ipynb')]);
    assert.deepEqual(await unusedFiles(folder, ['story.frameloom', '.frameloom/untitled'], []), []);
    rmSync(at('story.frameloom'));
    side('old.mp4', 'open.mp4', 'saved.mp4');
    symlinkSync('../../Documents', at('story.frameloom', 'inner'));
    symlinkSync('../../Documents/tax.mp4', at('story.frameloom', 'tax.mp4'));
    writeFileSync(at('story.ipynb'), '{"path": "story.frameloom/saved.mp4"}');
    assert.deepEqual(await unusedFiles(folder, ['story.frameloom'], ['open.mp4']), [{ file: at('story.frameloom', 'old.mp4'), size: 7 }]);
  });

  describe('outputs are not written through them', () => {
    const picture = Uint8Array.of(1, 2, 3);
    const refused = { code: 'FL_DISPLAY_LINK', message: /is a link.*Remove the link/ };
    const clip = () => Video.fromFrames([{ data: new Uint8Array(12), width: 2, height: 2 }], { fps: 8 });

    it('into a side folder that is one, at any place of its path', async () => {
      symlinkSync('../Documents', at('story.frameloom'));
      await assert.rejects(writeBeside(folderBesideNotebook(at('story.ipynb')), picture, ['latents', '.png']), refused);
      await assert.rejects(fileFor(await clip(), folderBesideNotebook(at('story.ipynb'))), refused);
      symlinkSync('../Documents', at('.frameloom'));
      await assert.rejects(writeBeside(folderOfUntitled(folder), picture, ['latents', '.png']), refused);
      untouched();
    });

    it('over a file that is one, whether it leads somewhere or not', async () => {
      const beside = folderBesideNotebook(at('story.ipynb'));
      const written = at(await writeBeside(beside, picture, ['latents', '.png']));
      for (const target of ['diary.txt', 'nowhere.txt']) {
        rmSync(written);
        symlinkSync(path.join(documents, target), written);
        await assert.rejects(writeBeside(beside, picture, ['latents', '.png']), refused);
        assert.ok(lstatSync(written).isSymbolicLink());
      }
      untouched();
    });
  });
});

/** Every file and link at any depth below a folder, with `/`. */
function allBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? allBelow(path.join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name],
    )
    .sort();
}
