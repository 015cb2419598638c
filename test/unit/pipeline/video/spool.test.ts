import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Video } from '../../../../src/pipeline/video/index.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { PictureScaler } from '../../../../src/pipeline/video/pictureScaler.js';
import { placePicture } from '../../../../src/pipeline/video/geometry.js';
import { frameAt, readPackets } from '../../../../src/pipeline/video/frameTimes.js';
import { paceOf } from '../../../../src/pipeline/video/pace.js';
import { rateFromNumber } from '../../../../src/pipeline/video/frameRate.js';
import fc from 'fast-check';
import { meanColour, numberedFrame, numbersOf, psnr, range } from './clips.js';
import { useOwnTemporaryFolder } from './ownTemporary.js';

const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('frameloom-video-'));

describe('clips made of frames', () => {
  useOwnTemporaryFolder();
  async function* stream(count: number): AsyncGenerator<Frame> {
    const reused = numberedFrame(0);
    for (let number = 0; number < count; number++) {
      reused.data.set(numberedFrame(number).data);
      yield reused;
    }
  }

  for (const [where, memoryLimit] of [
    ['memory', 1 << 30],
    ['a temporary file', 100_000],
  ] as const) {
    it(`kept in ${where} can be read in any order, any number of times`, async () => {
      const before = folders().length;
      const video = await Video.fromFrames(stream(20), { fps: 8, memoryLimit });
      assert.equal(folders().length, before + (memoryLimit < 1 << 30 ? 1 : 0));
      assert.deepEqual([video.frameCount, video.width, video.height, video.duration], [20, 160, 96, 2.5]);
      assert.deepEqual(await numbersOf(video.frames()), range(20));
      assert.deepEqual(await numbersOf(video.frames({ start: 15 })), range(5, 15));
      const frame = await video.frame(3);
      frame.data.fill(0);
      assert.equal(psnr(await video.frame(3), numberedFrame(3)), Infinity);
      await assert.rejects(video.frame(20), { code: 'FL_VIDEO_RANGE' });
      await video.close();
      assert.equal(folders().length, before);
      assert.throws(() => video.frames(), { code: 'FL_VIDEO_CLOSED' });
      await video.close();
    });
  }

  it('needs frames of one size, and at least one', async () => {
    await assert.rejects(Video.fromFrames([], { fps: 8 }), { code: 'FL_VIDEO_NO_FRAMES' });
    await assert.rejects(Video.fromFrames([numberedFrame(0), numberedFrame(1, 80, 48)], { fps: 8 }), { code: 'FL_VIDEO_FRAME_SIZE' });
    await assert.rejects(Video.fromFrames([{ data: new Uint8Array(3), width: 2, height: 2 }], { fps: 8 }), { code: 'FL_ARGUMENT' });
    await assert.rejects(Video.fromFrames([numberedFrame(0)], { fps: -8 }), { code: 'FL_ARGUMENT' });
  });

  it('leaves no temporary file when its frames fail or are aborted half-way', async () => {
    const before = folders().length;
    async function* failing(): AsyncGenerator<Frame> {
      yield* stream(10);
      throw new Error('model fell over');
    }
    await assert.rejects(Video.fromFrames(failing(), { fps: 8, memoryLimit: 100_000 }), /model fell over/);
    const stop = new AbortController();
    async function* aborting(): AsyncGenerator<Frame> {
      yield* stream(10);
      stop.abort();
      yield* stream(10);
    }
    await assert.rejects(Video.fromFrames(aborting(), { fps: 8, memoryLimit: 100_000, signal: stop.signal }), { code: 'FL_ABORTED' });
    assert.equal(folders().length, before);
  });
});

describe('sizes, times and rates', () => {
  it('fits any picture into any size: cover fills, contain shows all, fill stretches', () => {
    const side = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom('cover', 'contain', 'fill'), (width, height, w, h, fit) => {
        const { size, scaled, x, y } = placePicture({ width, height }, { width: w, height: h, fit: fit as 'cover' });
        assert.deepEqual(size, { width: w, height: h });
        if (fit === 'fill') assert.deepEqual(scaled, size);
        if (fit === 'cover') assert.ok(scaled.width >= w && scaled.height >= h && x <= 0 && y <= 0);
        if (fit === 'contain') assert.ok(scaled.width <= w && scaled.height <= h && x >= 0 && y >= 0);
      }),
    );
  });

  it('scales flat colour to the same flat colour and keeps the mean of a picture', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(size, size, size, size, (width, height, w, h) => {
        const flat = { data: new Uint8Array(width * height * 3).fill(77), width, height };
        const place = placePicture(flat, { width: w, height: h, fit: 'fill' });
        assert.ok(new PictureScaler(flat, place).scale(flat).data.every((value) => value === 77));
      }),
      { numRuns: 60 },
    );
    const picture = numberedFrame(341);
    const place = placePicture(picture, { width: 48, height: 30, fit: 'fill' });
    const small = new PictureScaler(picture, place).scale(picture);
    for (const channel of [0, 1, 2] as const) assert.ok(Math.abs(meanColour(small)[channel] - meanColour(picture)[channel]) < 1.5);
  });

  it('finds the rate of evenly spaced frames, through the rounding of a clock', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8, 12, 24, 25, 29.97, 30, 50, 59.94, 60),
        fc.constantFrom(1 / 90000, 1 / 1000),
        fc.integer({ min: 30, max: 400 }),
        (fps, tick, count) => {
          const { num, den } = rateFromNumber(fps);
          const times = range(count).map((index) => Math.round((index * den) / num / tick) * tick);
          const pace = paceOf({ times, end: (count * den) / num }, [`${num}/${den}`], tick);
          assert.deepEqual(pace, { rate: { num, den }, variable: false, count });
        },
      ),
    );
    assert.equal(paceOf({ times: [0, 0.1, 0.2, 1.2, 1.3], end: 1.4 }, [], 0.001).variable, true);
  });

  it('finds the frame that is shown at a moment', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 1200 }),
        (values, moment) => {
          const times = [0, ...values.map((value) => value + 1)].sort((a, b) => a - b);
          assert.equal(times[frameAt(times, moment)], Math.max(...times.filter((time) => time <= moment)));
        },
      ),
    );
  });

  it('lists packets in order of showing, without those an edit list cuts away', () => {
    const listing = [
      'stream_index=2|pts_time=1.000000|dts_time=0.9|duration_time=0.5|flags=KD_',
      'stream_index=2|pts_time=1.500000|dts_time=1.0|duration_time=0.5|flags=K__',
      'stream_index=2|pts_time=2.500000|dts_time=1.1|duration_time=0.5|flags=___',
      'stream_index=2|pts_time=2.000000|dts_time=1.1|duration_time=0.5|flags=___',
      '',
    ].join('\n');
    assert.deepEqual([...readPackets(listing)], [[2, { shown: [1.5, 2, 2.5], lastLength: 0.5, keys: [1.5], timed: true, whole: true }]]);
    const raw = readPackets(
      'stream_index=0|pts_time=N/A|dts_time=N/A|duration_time=0.04|flags=K_\nstream_index=0|pts_time=N/A|dts_time=N/A|duration_time=0.04|flags=__',
    ).get(0);
    assert.deepEqual([raw?.timed, raw?.shown], [false, [0, 0.04]]);
    const turn = readPackets('stream_index=0|pts_time=N/A|dts_time=0.04|duration_time=0.04|flags=K_').get(0);
    assert.deepEqual([turn?.timed, turn?.whole, turn?.shown], [false, false, [0.04]]);
    const headless = readPackets(
      [
        'stream_index=0|pts_time=0.2|dts_time=0|flags=__',
        'stream_index=0|pts_time=0.1|dts_time=0|flags=__',
        'stream_index=0|pts_time=0.3|dts_time=0|flags=K_',
      ].join('\n'),
    ).get(0);
    assert.deepEqual([headless?.timed, headless?.whole, headless?.keys], [true, false, [0.3]]);
  });
});
