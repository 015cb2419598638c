import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { frameloom } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');
const tinyModel = path.join(__dirname, '..', 'parity', 'tiny-sd');
const brief = ['--model', tinyModel, '--steps', '2'];

interface Listed {
  readonly id: string;
  readonly seconds: number;
  readonly provenance: { readonly prompt: string; readonly seed: number };
}

describe('frameloom … --history', () => {
  let folder: string;
  const at = (...names: string[]) => path.join(folder, ...names);
  const edit = (seed: string, ...more: string[]) =>
    frameloom('edit', sample, 'a green car', '-o', at(`${seed}.mp4`), '--max-frames', '2', '--seed', seed, ...brief, ...more);
  const listed = async (place: string): Promise<Listed[]> => {
    const { code, stdout, stderr } = await frameloom('history', place, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Listed[];
  };

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-cli-history-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves nothing but the clip where nobody says it', async () => {
    const { code, stderr } = await edit('1');
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(folder), ['1.mp4']);
  });

  it('notes an edit beside a notebook, says as what, and lists it the newest first', async () => {
    for (const seed of ['2', '3']) {
      const { code, stdout, stderr } = await edit(seed, '--history', at('story.ipynb'), '--json');
      assert.equal(code, 0, stderr);
      assert.equal((JSON.parse(stdout) as { seed: number }).seed, Number(seed), 'stdout stays one line of JSON');
      const [latest] = await listed(at('story.ipynb'));
      assert.ok(stderr.includes(`Noted in the history of ${at('story.ipynb')} as ${latest!.id}.`), stderr);
    }
    assert.equal(existsSync(at('story.ipynb')), false, 'the notebook itself is not made');
    assert.equal(readdirSync(at('story.frameloom', 'history')).length, 2);
    const runs = await listed(at('story.ipynb'));
    assert.deepEqual(
      runs.map(({ provenance }) => [provenance.prompt, provenance.seed]),
      [
        ['a green car', 3],
        ['a green car', 2],
      ],
    );
    assert.ok(runs.every(({ seconds }) => seconds > 0));
    const { stdout } = await frameloom('history', at('story.ipynb'));
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => /seed \d+/.exec(line)?.[0]),
      ['seed 3', 'seed 2'],
    );
  });

  it('notes a generated clip in a folder', async () => {
    const made = await frameloom('generate', 'a star', '-o', at('star.mp4'), '--seed', '5', ...brief, '--history', at('tried'));
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual(
      (await listed(at('tried'))).map(({ provenance }) => provenance.seed),
      [5],
    );
  });

  it('says that a history is empty, and notes nothing of a run that fails', async () => {
    const { code, stdout, stderr } = await frameloom('history', at('empty'));
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /There are no runs in the history of/);
    const failed = await edit('6', '--scheduler', 'lms:order=9', '--history', at('empty'));
    assert.notEqual(failed.code, 0);
    assert.deepEqual(await listed(at('empty')), []);
  });

  it('refuses a history behind a link before the work begins', async () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('tale.frameloom'));
    const { code, stderr } = await edit('7', '--history', at('tale.ipynb'));
    assert.notEqual(code, 0);
    assert.match(stderr, /is a link to another place/);
    assert.deepEqual(readdirSync(at('elsewhere')), []);
    assert.equal(existsSync(at('7.mp4')), false);
  });
});
