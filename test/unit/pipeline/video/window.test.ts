import assert from 'node:assert/strict';
import { Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, h264, numbersOf, range } from './clips.js';

describe('parts of a clip and other rates', () => {
  const clips = new ClipFolder();
  let steady: string;
  let uneven: string;
  before(async () => {
    steady = await clips.make('steady.mp4', { frames: 120, fps: 60, args: [...h264, '-g', '25'] });
    // 20 frames at 20 fps, one held for a second, 20 frames at 10 fps: shown at 0 to .95, 1.95 to 3.85.
    uneven = await clips.make('uneven.mkv', {
      frames: 40,
      fps: 20,
      before: ['-vf', "settb=1/1000,setpts='if(lt(N,20),N*50,1950+(N-20)*100)'"],
      args: ['-vsync', 'vfr', ...h264.slice(2), '-g', '7'],
    });
  });
  after(() => clips.remove());

  it('cuts at whole frames when the rate stays', async () => {
    const part = await Video.open(steady, { start: 0.5, end: 1 });
    assert.deepEqual([part.frameCount, part.duration, await numbersOf(part.frames())], [30, 0.5, range(30, 30)]);
    const between = await Video.open(steady, { start: 0.504, end: 0.55 });
    assert.deepEqual(await numbersOf(between.frames()), [30, 31, 32]);
    const tail = await Video.open(steady, { start: 1.95, end: 99 });
    assert.deepEqual(await numbersOf(tail.frames()), range(3, 117));
  });

  it('takes every second frame of 60 fps at 30 fps, without stutter', async () => {
    const half = await Video.open(steady, { fps: 30 });
    assert.deepEqual(
      await numbersOf(half.frames()),
      range(60).map((index) => index * 2),
    );
    const slow = await Video.open(steady, { fps: 8, start: 0.5 });
    assert.equal(slow.frameCount, 12);
    assert.deepEqual(
      await numbersOf(slow.frames()),
      range(12).map((index) => 30 + Math.floor(index * 7.5)),
    );
  });

  it('repeats frames evenly at a higher rate', async () => {
    const double = await Video.open(steady, { fps: 120, end: 0.25 });
    assert.deepEqual(
      await numbersOf(double.frames()),
      range(30).map((index) => index >> 1),
    );
  });

  it('makes a variable rate constant and shows each moment what was shown then', async () => {
    const whole = await Video.open(uneven, { fps: 20 });
    assert.equal(whole.info?.variableFrameRate, true);
    assert.equal(whole.info?.frameCount, 40);
    const numbers = await numbersOf(whole.frames());
    assert.equal(numbers.length, whole.frameCount);
    assert.deepEqual(numbers.slice(0, 20), range(20));
    assert.deepEqual([...new Set(numbers.slice(19, 39))], [19]);
    // The last frame lasts as long as the container says, .05 or .1 s.
    assert.ok(numbers.length === 78 || numbers.length === 79, String(numbers.length));
    assert.deepEqual(
      numbers.slice(39),
      range(40)
        .map((index) => 20 + (index >> 1))
        .slice(0, numbers.length - 39),
    );
    // A window that opens in the middle of the held frame shows that frame.
    const held = await Video.open(uneven, { fps: 10, start: 1.5, end: 2.5 });
    assert.deepEqual(await numbersOf(held.frames()), [19, 19, 19, 19, 19, 20, 21, 22, 23, 24]);
  });

  it('gives a variable rate clip a predictable number of frames', async () => {
    const video = await Video.open(uneven);
    assert.equal(video.frameCount, Math.round((video.info?.duration ?? 0) * video.fps));
    assert.equal((await numbersOf(video.frames())).length, video.frameCount);
  });

  for (const [name, options] of [
    ['a clip that keeps its rate', {}],
    ['a clip at another rate', { start: 0.4, fps: 7 }],
  ] as const) {
    it(`reads any range of ${name} as the whole is read`, async () => {
      for (const path of [steady, uneven]) {
        const video = await Video.open(path, options);
        const all = await numbersOf(video.frames());
        assert.equal(all.length, video.frameCount);
        const middle = Math.floor(all.length / 2);
        for (const [start, end] of [
          [1, 4],
          [middle, middle + 3],
          [all.length - 2, all.length],
        ] as const) {
          assert.deepEqual(await numbersOf(video.frames({ start, end })), all.slice(start, end), `${path} ${start}-${end}`);
        }
      }
    });
  }

  it('stops at maxFrames', async () => {
    const video = await Video.open(steady, { maxFrames: 5, start: 1 });
    assert.deepEqual([video.frameCount, await numbersOf(video.frames())], [5, range(5, 60)]);
  });

  it('trims, resamples and resizes opened and made clips alike', async () => {
    const opened = await Video.open(steady, { end: 1 });
    const made = await opened.withFrames(opened.frames());
    for (const video of [opened, made]) {
      const part = await video.trim({ start: 0.25, end: 0.5 });
      assert.deepEqual(await numbersOf(part.frames()), range(15, 15));
      assert.deepEqual(await numbersOf((await part.trim({ start: 0.1 })).frames()), range(9, 21));
      const slow = await part.resample({ fps: 30 });
      assert.deepEqual([slow.fps, await numbersOf(slow.frames())], [30, [15, 17, 19, 21, 23, 25, 27, 29].slice(0, slow.frameCount)]);
      const small = await (await slow.resize({ width: 80, height: 96, fit: 'contain' })).resize({ width: 40 });
      assert.deepEqual([small.width, small.height, small.frameCount], [40, 48, slow.frameCount]);
      assert.equal((await small.frame(0)).data.length, 40 * 48 * 3);
    }
    await made.close();
  });

  it('starts at the first picture where the sound begins earlier', async () => {
    const path = clips.file('late.mkv');
    await ffmpeg(
      '-itsoffset',
      '0.5',
      '-i',
      steady,
      '-f',
      'lavfi',
      '-i',
      'sine=d=2.5',
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
      path,
    );
    const video = await Video.open(path);
    assert.deepEqual([video.frameCount, await numbersOf(video.frames())], [120, range(120)]);
    assert.deepEqual(await numbersOf((await video.trim({ start: 1, end: 1.05 })).frames()), [60, 61, 62]);
    assert.ok(Math.abs((video.sound?.start ?? 0) - 0.5) < 0.03, `${video.sound?.start}`);
  });

  for (const [options, code] of [
    [{ start: -1 }, 'FL_ARGUMENT'],
    [{ start: 1, end: 1 }, 'FL_ARGUMENT'],
    [{ fps: 0 }, 'FL_ARGUMENT'],
    [{ fps: Number.NaN }, 'FL_ARGUMENT'],
    [{ maxFrames: 0 }, 'FL_ARGUMENT'],
    [{ width: 1.5 }, 'FL_ARGUMENT'],
    [{ fit: 'squeeze' as never, width: 2, height: 2 }, 'FL_ARGUMENT'],
    [{ background: 'pinkish' }, 'FL_ARGUMENT'],
    [{ start: 2 }, 'FL_VIDEO_RANGE'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(Video.open(steady, options), { code });
    });
  }
});
