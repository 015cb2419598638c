import assert from 'node:assert/strict';
import path from 'node:path';
import { editingCells } from '../../../../src/extension/videoPreview/editingCells.js';
import { firstEditOf, knownSubjects } from '../../../../src/extension/videoPreview/firstEdit.js';

const root = path.resolve(__dirname, '../../../..');

describe('the notebook of "Edit in a Notebook"', () => {
  it('names the subject that the file is named after, so that the model knows what to keep', async () => {
    const subjects = await knownSubjects(root);
    const prompt = (file: string): string => firstEditOf(file, subjects).prompt;
    assert.deepEqual(
      ['red-car.mp4', 'orange-cat.mp4', 'rocket.mp4', 'frog-meadow.mp4'].map((name) => prompt(`/clips/${name}`)),
      ['a purple car', 'a purple cat', 'a purple rocket', 'a purple frog'],
    );
    assert.equal(prompt('C:\\clips\\My Airplane (2).MOV'), 'a purple airplane');
    assert.equal(prompt('/dog/ufoLanding.mp4'), 'a purple ufo', 'folders say nothing');
    assert.deepEqual(
      ['red-car.mp4', 'IMG_2041.mov'].map((name) => firstEditOf(name, subjects).strength),
      [undefined, 0.2],
    );
    assert.deepEqual(
      firstEditOf('/dog/carpet.mp4', subjects),
      { prompt: 'at sunset', strength: 0.2 },
      'a clip of who knows what stays close to itself',
    );
  });

  it('names the clip so that it is found from everywhere, and only what was chosen of it', () => {
    const edit = { prompt: 'at sunset', strength: 0.2 };
    const opened = (file: string, ...rest: [] | [{ fps: number; frames: number }, { first: number; last: number } | undefined]): string =>
      editingCells(file, edit, rest[0], rest[1])[2]!.text;
    assert.match(opened('/home/me/it\'s "a" clip ü.mp4'), /Video\.open\("\/home\/me\/it's \\"a\\" clip ü\.mp4", \{\n {2}maxFrames: 24, /);
    assert.match(opened('D:\\clips\\cat.mp4'), /Video\.open\("D:\/clips\/cat\.mp4"/);
    assert.match(opened('/home/me/a\\b.mp4'), /"\/home\/me\/a\\\\b\.mp4"/, 'elsewhere a backslash is a letter');
    assert.match(opened('/c.mp4', { fps: 8, frames: 24 }, undefined), /Video\.open\("\/c\.mp4"\)/);
    assert.match(opened('/c.mp4', { fps: 8, frames: 100 }, { first: 8, last: 15 }), /Video\.open\("\/c\.mp4", \{ start: 1, end: 2 \}\)/);
    const cells = editingCells('/home/me/*a*.b.mp4', edit, undefined, undefined).map(({ text }) => text);
    assert.ok(cells[0]!.startsWith('# Edit \\*a\\*.b.mp4\n'));
    assert.match(cells[2]!, /\n {2}strength: 0\.2, \/\/ /);
    assert.equal(cells[3], 'const { path } = await edited.save("/home/me/*a*.b-edited.mp4");\nconsole.log(`Saved as ${path}`);');
    assert.doesNotMatch(
      editingCells('/cat.mp4', { prompt: 'a cat at sunset', strength: undefined }, undefined, undefined)[2]!.text,
      /strength/,
    );
  });
});
