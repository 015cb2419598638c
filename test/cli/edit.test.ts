import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { ffmpeg } from '../unit/pipeline/video/clips.js';
import { type Finished, frameloom, start } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');
const tinyModel = path.join(__dirname, '..', 'parity', 'tiny-sd');
const prompt = 'a big green car moving right on a blue background';

describe('frameloom edit', () => {
  let folder: string;
  let result: Finished;
  const at = (name: string) => path.join(folder, name);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-cli-'));
    result = await frameloom(
      'edit',
      sample,
      prompt,
      '-o',
      at('green.mp4'),
      '--max-frames',
      '8',
      '--steps',
      '8',
      '--seed',
      '7',
      '--side-by-side',
      at('both.mp4'),
      '--contact-sheet',
      at('sheet.png'),
      '--json',
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('ends well and prints one line of JSON on stdout, nothing else', () => {
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout.trim().split('\n').length, 1);
    const summary = JSON.parse(result.stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(summary), [
      'output',
      'frames',
      'width',
      'height',
      'fps',
      'steps',
      'seed',
      'scheduler',
      'model',
      'device',
      'seconds',
      'rssPeakMB',
    ]);
    assert.deepEqual(Object.keys(summary.seconds as object), ['decode', 'encode', 'text', 'unet', 'vaeDecode', 'write', 'total']);
    assert.equal(summary.frames, 8);
    assert.equal(summary.seed, 7);
    assert.equal(summary.steps, 8);
    assert.equal(summary.model, 'motion-stickers');
  });

  it('says what it read in the source, and how far it is, on stderr', () => {
    assert.match(result.stderr, /reads as .*subject "car".*; changing colour/);
    assert.match(result.stderr, /step (\d+) of \1\b/);
  });

  it('writes the result, the two side by side, and a contact sheet', async () => {
    const edited = await Video.open(at('green.mp4'));
    assert.equal(edited.frameCount, 8);
    const both = await Video.open(at('both.mp4'));
    assert.ok(both.width >= 2 * edited.width);
    assert.equal(both.frameCount, 8);
    assert.equal(readFileSync(at('sheet.png')).subarray(1, 4).toString(), 'PNG');
  });

  it('changes the picture: the subject turns from red to green', async () => {
    const balance = async (file: string) => {
      const clip = await Video.open(file, { width: 128, height: 128, maxFrames: 8 });
      let redder = 0;
      for await (const { data } of clip.frames())
        for (let i = 0; i < data.length; i += 3) redder += Math.max(0, data[i]! - data[i + 2]!) - Math.max(0, data[i + 1]! - data[i + 2]!);
      return redder;
    };
    const before = await balance(sample);
    const after = await balance(at('green.mp4'));
    assert.ok(before > 0 && after < before / 2, `red over green went from ${before} to ${after}`);
  });

  it('leaves nothing else behind', () => assert.deepEqual(readdirSync(folder).sort(), ['both.mp4', 'green.mp4', 'sheet.png']));

  it('inspect says how it was made', async () => {
    const { code, stdout } = await frameloom('inspect', at('green.mp4'));
    assert.equal(code, 0);
    for (const word of ['AI-edited', prompt, 'red-car.mp4', 'Seed      7', 'compositeWithTrainedAlgorithmicMedia'])
      assert.ok(stdout.includes(word), `${word} is missing in:\n${stdout}`);
  });

  it('inspect --rerun makes the same frames again', async () => {
    const { code, stderr } = await frameloom('inspect', at('green.mp4'), '--rerun', at('again.mp4'), '--source', sample);
    assert.equal(code, 0, stderr);
    assert.equal(await framesHash(at('again.mp4')), await framesHash(at('green.mp4')));
  });

  it('inspect --rerun keeps the track of sound that was chosen, or the clip’s own where there is no such track', async () => {
    const two = at('two.mkv');
    await ffmpeg(
      '-i',
      sample,
      '-f',
      'lavfi',
      '-i',
      'sine=440:d=3',
      '-f',
      'lavfi',
      '-i',
      'anoisesrc=d=3',
      '-map',
      '0:v',
      '-map',
      '1',
      '-map',
      '2',
      '-c:v',
      'copy',
      '-c:a:0',
      'aac',
      '-c:a:1',
      'libmp3lame',
      two,
    );
    const made = await frameloom(
      'edit',
      two,
      'a star',
      '-o',
      at('second.mkv'),
      '--model',
      tinyModel,
      '--max-frames',
      '2',
      '--steps',
      '1',
      '--strength',
      '1',
      '--method',
      'sdedit',
      '--source-prompt',
      'a car',
      '--audio-track',
      '1',
      '-q',
    );
    assert.equal(made.code, 0, made.stderr);
    const again = await frameloom('inspect', at('second.mkv'), '--rerun', at('again.mkv'), '--source', two, '--model', tinyModel);
    assert.equal(again.code, 0, again.stderr);
    const codecs = await Promise.all([at('second.mkv'), at('again.mkv')].map(async (file) => (await Video.open(file)).info?.audio?.codec));
    assert.deepEqual(codecs, ['mp3', 'mp3']);
    const silent = await frameloom('inspect', at('second.mkv'), '--rerun', at('silent.mkv'), '--source', sample, '--model', tinyModel);
    assert.equal(silent.code, 0, silent.stderr);
    assert.match(silent.stderr, /no track of sound 1, which the record names/);
  });

  it('works on a long clip in windows', async () => {
    const { code, stdout, stderr } = await frameloom(
      'edit',
      sample,
      prompt,
      '-o',
      at('long.webm'),
      '--steps',
      '2',
      '--strength',
      '0.5',
      '--json',
    );
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { frames: number }).frames, (await Video.open(sample)).frameCount);
  });

  it('Ctrl-C ends it with 130, no partial file and no child process', async () => {
    const { child, finished } = start(['edit', sample, prompt, '-o', at('never.mp4'), '--method', 'sdedit', '--steps', '500']);
    await new Promise<void>((resolve) => child.stderr!.on('data', (chunk) => /step/.test(String(chunk)) && resolve()));
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    assert.equal(code, 130, stderr);
    assert.ok(!existsSync(at('never.mp4')));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('never')),
      [],
    );
  });
});

/** A hash of the decoded pixels. */
async function framesHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const { data } of (await Video.open(file)).frames()) hash.update(data);
  return hash.digest('hex');
}
