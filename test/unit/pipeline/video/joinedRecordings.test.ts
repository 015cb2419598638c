import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { findFfmpeg, Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, h264, numberOf, numbersOf } from './clips.js';

/** Recordings that were put one after the other into one transport stream, as recorders and `cat` do, each with a clock of its own. */
describe('recordings joined in MPEG-TS', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());

  const frames = 50;
  const second = [...Array(frames).keys()];

  /** Two seconds of numbered frames with a tone, their clock beginning at `offset` seconds. */
  async function recording(name: string, offset: number, tone: number): Promise<Buffer> {
    const picture = await clips.make(`${name}.mkv`, { frames, fps: 25, args: [...h264, '-g', '12', '-bf', '2'] });
    const file = clips.file(`${name}.ts`);
    await ffmpeg(
      '-i',
      picture,
      '-f',
      'lavfi',
      '-i',
      `sine=f=${tone}:d=2`,
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
      '-output_ts_offset',
      String(offset),
      '-shortest',
      file,
    );
    return readFileSync(file);
  }

  /** The pitch of a file's sound in each half second, as Hz rounded to hundreds; 0 for silence. */
  async function pitches(file: string): Promise<number[]> {
    const { ffmpeg: program } = await findFfmpeg();
    const { stdout } = spawnSync(program, ['-v', 'error', '-i', file, '-vn', '-ac', '1', '-ar', '8000', '-f', 's16le', '-'], {
      maxBuffer: 1e8,
    });
    return Array.from({ length: Math.floor(stdout.length / 8000) }, (_, part) => {
      // Away from where a recording ends, whose sound may be some packets shorter than its picture.
      const samples = Array.from({ length: 1000 }, (_, at) => stdout.readInt16LE(part * 8000 + 2 * (1000 + at)));
      const crossings = samples.filter((value, at) => at > 0 && value < 0 !== samples[at - 1]! < 0).length;
      return Math.max(...samples) < 100 ? 0 : 100 * Math.round((crossings * 4) / 100);
    });
  }

  for (const [name, offsets] of [
    ['a jump of 100 s', [0, 100]],
    ['a jump of eleven hours', [0, 40_000]],
    ['a clock that goes back', [100, 0]],
    ['a clock that begins anew', [0, 0]],
    ['three recordings', [0, 500, 3]],
  ] as const) {
    it(`every frame and its own sound, one after the other: ${name}`, async () => {
      const tones = [400, 800, 1200];
      const parts = await Promise.all(
        offsets.map((offset, index) => recording(`${name.replace(/\W/g, '')}-${index}`, offset, tones[index]!)),
      );
      const path = clips.file(`${name.replace(/\W/g, '')}.ts`);
      writeFileSync(path, Buffer.concat(parts));
      const notices: string[] = [];
      const clip = await Video.open(path, { onNotice: (notice) => notices.push(notice) });
      assert.match(notices.join(), /clock jumps/);
      assert.deepEqual([clip.fps, await numbersOf(clip.frames())], [25, offsets.flatMap(() => second)]);
      assert.equal(numberOf(await clip.frame(frames + 20)), 20);
      const whole = await clip.save(clips.file('whole.mp4'));
      assert.deepEqual(
        (await pitches(whole.path)).slice(0, 4 * offsets.length - 1),
        offsets.flatMap((_, index) => Array<number>(4).fill(tones[index]!)).slice(0, -1),
      );
      const across = await (await clip.trim({ start: 1, end: 3 })).save(clips.file('across.mp4'));
      assert.deepEqual(await pitches(across.path), [400, 400, 800, 800]);
    });
  }
});
