import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { frameloom, start } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');
const prompt = 'a big green car moving right on a blue background';
const edit = (output: string, ...further: string[]) => [
  ...['edit', sample, prompt, '-o', output, '--seed', '1', '--steps', '12', '--max-frames', '8', '--threads', '1'],
  ...further,
];

describe('--resumable: a run that ends before its time is taken up again', function () {
  this.timeout(300_000);
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-resumable-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a command and ends it by a signal once its journal has some bytes. */
  async function ended(args: readonly string[], journal: string, signal: NodeJS.Signals, bytes: number) {
    const { child, finished } = start(args);
    let sent = false;
    const look = setInterval(() => {
      if (!sent && (statSync(journal, { throwIfNoEntry: false })?.size ?? 0) > bytes) sent = child.kill(signal);
    }, 5);
    const end = await finished;
    clearInterval(look);
    return end;
  }

  it('killed outright, interrupted and taken up again, it gives what one that was left alone gives, and leaves nothing else', async () => {
    const whole = await frameloom(...edit(at('whole.apng')));
    assert.equal(whole.code, 0, whole.stderr);
    const [output, journal] = [at('killed.apng'), at('killed.apng.unfinished')];
    const killed = await ended(edit(output, '--resumable'), journal, 'SIGKILL', 60_000);
    assert.equal(killed.code, null, killed.stderr);
    assert.match(killed.stderr, /What is done is kept in .*killed\.apng\.unfinished, so that the same run goes on/);
    const first = statSync(journal).size;
    const interrupted = await ended(edit(output, '--resumable'), journal, 'SIGINT', first + 60_000);
    assert.equal(interrupted.code, 130, interrupted.stderr);
    assert.match(interrupted.stderr, /Taken up again: \d+ calls of the networks.*not made again/);
    assert.match(interrupted.stderr, /\(\d+ calls of the networks, .*MB\): the same run goes on from there/);
    assert.ok(statSync(journal).size > first && !existsSync(output));
    const taken = await frameloom(...edit(output, '--resumable'));
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(taken.stderr, /Taken up again/);
    assert.deepEqual(await framesOf(output), await framesOf(at('whole.apng')));
    assert.deepEqual(readdirSync(folder).sort(), ['killed.apng', 'whole.apng']);
  });

  it('its seed goes on where none was typed, and what it is known by is held to', async () => {
    const [output, journal] = [at('other.apng'), at('other.apng.unfinished')];
    const args = (text: string, ...further: string[]) => [
      ...['edit', sample, text, '-o', output, '--steps', '12', '--max-frames', '8', '--threads', '1', '--resumable', '--method', 'sdedit'],
      ...further,
    ];
    await ended(args(prompt), journal, 'SIGKILL', 60_000);
    const refused = async (command: string[], message: RegExp) => {
      const { code, stderr } = await frameloom(...command);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    };
    await refused(args('a red car'), /with another prompt: "a big green car .*" then, "a red car" now.*FL_RESUME_OTHER/);
    await refused(args(prompt, '--strength', '0.4'), /with another --strength: not given then, 0\.4 now.*FL_RESUME_OTHER/);
    const other = path.join(path.dirname(sample), 'rocket.mp4');
    await refused([...args(prompt).map((each) => (each === sample ? other : each))], /with another input: .*FL_RESUME_OTHER/);
    const seed = Number(/"seed":(\d+)/.exec(readFileSync(journal, 'latin1'))![1]);
    const { code, stdout, stderr } = await frameloom(...args(prompt, '--json'));
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { seed: number }).seed, seed);
    assert.ok(!existsSync(journal));
  });

  it('a journal whose middle is damaged is right all the same; what is none is refused and stays', async () => {
    const [output, journal] = [at('damaged.apng'), at('damaged.apng.unfinished')];
    await ended(edit(output, '--resumable'), journal, 'SIGKILL', 120_000);
    const bytes = readFileSync(journal);
    bytes.fill(7, 50_000, 50_400);
    writeFileSync(journal, bytes);
    const { code, stderr } = await frameloom(...edit(output, '--resumable'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(await framesOf(output), await framesOf(at('whole.apng')));
    writeFileSync(journal, 'my notes');
    const refused = await frameloom(...edit(output, '--resumable'));
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /damaged\.apng\.unfinished is not what an interrupted run left.*FL_RESUME_FILE/);
    assert.equal(readFileSync(journal, 'utf8'), 'my notes');
    rmSync(journal);
  });

  it('frameloom generate, too; where nothing was done, nothing is left', async () => {
    const args = (output: string, ...further: string[]) => ['generate', prompt, '-o', output, '--steps', '8', '--seed', '2', ...further];
    assert.equal((await frameloom(...args(at('plain.apng')))).code, 0);
    await ended(args(at('made.apng'), '--resumable'), at('made.apng.unfinished'), 'SIGTERM', 60_000);
    assert.ok(existsSync(at('made.apng.unfinished')));
    const { code, stderr } = await frameloom(...args(at('made.apng'), '--resumable'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(await framesOf(at('made.apng')), await framesOf(at('plain.apng')));
    const early = await frameloom(...args(at('early.apng'), '--resumable', '--width', '123'));
    assert.equal(early.code, 2, early.stderr);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('early') || name.endsWith('.unfinished')),
      [],
    );
  });
});

async function framesOf(file: string): Promise<Uint8Array[]> {
  const clip = await Video.open(file);
  const frames: Uint8Array[] = [];
  for await (const { data } of clip.frames()) frames.push(data);
  await clip.close();
  return frames;
}
