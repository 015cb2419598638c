import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, h264, numberOf, numbersOf, range } from './clips.js';

const withB = [...h264.slice(0, -8), '-g', '20', '-bf', '2', '-x264-params', 'scenecut=0'];

describe('frames and their times, whatever made the file', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());
  const silent = { onNotice: (): void => undefined };
  const notices: string[] = [];
  const listening = { onNotice: (notice: string): void => void notices.push(notice) };
  beforeEach(() => notices.splice(0));

  /** Every frame once, parts and single frames by their numbers, another rate by time. */
  async function isWhole(path: string, frames = 60, fps = 25): Promise<void> {
    const video = await Video.open(path, listening);
    assert.deepEqual([video.frameCount, video.fps, await numbersOf(video.frames())], [frames, fps, range(frames)]);
    assert.deepEqual(await numbersOf((await Video.open(path, { start: 1, end: 1.4 })).frames()), range(10, 25));
    for (const index of [1, 19, 21, 41, frames - 1]) assert.equal(numberOf(await video.frame(index)), index, `frame ${index}`);
    const half = await numbersOf((await Video.open(path, { fps: fps / 2, start: 0.4 })).frames());
    assert.deepEqual(
      half,
      range(Math.round((frames - 10) / 2)).map((index) => 10 + 2 * index),
    );
    assert.deepEqual(notices, []);
  }

  for (const [name, args] of [
    ['B.avi', withB],
    ['b.avi', ['-c:v', 'mpeg4', '-q:v', '2', '-bf', '2', '-g', '20']],
    ['hidden.webm', ['-c:v', 'libvpx', '-b:v', '900k', '-auto-alt-ref', '1', '-lag-in-frames', '12', '-g', '20']],
    ['hidden.ivf', ['-c:v', 'libvpx', '-b:v', '900k', '-auto-alt-ref', '1', '-lag-in-frames', '12']],
    ['b.ts', withB],
    ['two.ts', ['-c:v', 'mpeg2video', '-q:v', '2', '-bf', '2']],
    ['b.flv', withB],
    ['w.wmv', ['-c:v', 'wmv2', '-q:v', '2']],
    ['p.mpg', ['-c:v', 'mpeg2video', '-b:v', '1500k', '-maxrate', '1500k', '-bufsize', '1000k', '-bf', '2']],
    ['p.mxf', ['-c:v', 'mpeg2video', '-q:v', '2', '-bf', '2', '-g', '12']],
    ['n.nut', withB],
    ['y.y4m', ['-pix_fmt', 'yuv420p']],
    ['raw.h264', withB],
    ['raw.m2v', ['-c:v', 'mpeg2video', '-q:v', '2', '-bf', '2']],
    ['frag.mp4', [...withB, '-movflags', 'frag_keyframe+empty_moov']],
    ['t.ogv', ['-c:v', 'libtheora', '-q:v', '8']],
  ] as const) {
    it(`every frame once: ${name}`, async () => isWhole(await clips.make(name, { frames: 60, fps: 25, args: [...args] })));
  }

  for (const container of ['ts', 'mkv', 'mp4', 'flv']) {
    for (const late of [-0.3, 0.1]) {
      it(`every frame once where the picture starts ${late} s after the sound: .${container}`, async () => {
        const plain = await clips.make('plain.mkv', { frames: 60, fps: 25, args: withB });
        const path = clips.file(`late${late}.${container}`);
        await ffmpeg(
          '-itsoffset',
          String(Math.max(0, late)),
          '-i',
          plain,
          '-itsoffset',
          String(Math.max(0, -late)),
          '-f',
          'lavfi',
          '-i',
          'sine=d=2.4',
          '-map',
          '0:v',
          '-map',
          '1:a',
          '-c:v',
          'copy',
          '-c:a',
          'aac',
          '-ar',
          '44100',
          path,
        );
        await isWhole(path);
      });
    }
  }

  it('frames below zero', async () => {
    const plain = await clips.make('plain.mkv', { frames: 60, fps: 25, args: withB });
    const path = clips.file('below.mkv');
    await ffmpeg('-itsoffset', '-0.5', '-i', plain, '-c', 'copy', '-avoid_negative_ts', 'disabled', '-copyts', path);
    const video = await Video.open(path, silent);
    assert.equal((await numbersOf(video.frames())).length, video.frameCount);
    assert.equal(numberOf(await video.frame((video.frameCount ?? 0) - 1)), 59);
  });

  it('one frame left out keeps the rate, and the frame before it fills the gap', async () => {
    for (const [name, fps] of [
      ['gap.mp4', '25'],
      ['gap.mkv', '30000/1001'],
      ['gap.ts', '50'],
    ] as const) {
      const path = await clips.make(name, {
        frames: 60,
        before: ['-vf', `settb=1/180000,setpts=N/(${fps})/TB,select='not(eq(n,20)+eq(n,41))'`],
        args: ['-vsync', 'vfr', '-r', fps, ...withB.slice(2)],
      });
      const video = await Video.open(path, listening);
      const [num = 1, den = 1] = fps.split('/').map(Number);
      assert.ok(Math.abs(video.fps - num / den) < 1e-9, `${video.fps}`);
      assert.deepEqual(
        await numbersOf(video.frames()),
        range(60).map((index) => (index === 20 || index === 41 ? index - 1 : index)),
        name,
      );
      assert.match(notices.at(-1) ?? '', /uneven.*2 frames' worth of gaps/);
      assert.equal(video.info?.frameCount, 58);
    }
  });

  it('no frame of an uneven clip is lost', async () => {
    const path = await clips.make('uneven.mkv', {
      frames: 80,
      fps: 30,
      before: ['-vf', "settb=1/1000,setpts='N*33+mod(N*7,13)-6+if(gt(N,40),500,0)'"],
      args: ['-vsync', 'passthrough', ...h264.slice(2)],
    });
    const video = await Video.open(path, listening);
    const numbers = await numbersOf(video.frames());
    assert.deepEqual([...new Set(numbers)], range(80));
    assert.equal(numbers.length, video.frameCount);
    assert.ok(video.fps > 29 && video.fps <= 60, `${video.fps}`);
    assert.match(notices[0] ?? '', /uneven/);
    const thin = await Video.open(path, { fps: 10 });
    assert.equal(thin.frameCount, Math.round(video.duration * 10));
  });

  for (const extension of ['gif', 'apng']) {
    it(`the last picture of a .${extension} is held as long as it says`, async () => {
      const path = await clips.make(`held.${extension}`, { frames: 6, fps: 10, args: [] });
      const bytes = readFileSync(path);
      // The delay of the last picture: hundredths in GIF's graphic control, a fraction in APNG's fcTL.
      if (extension === 'gif') bytes.writeUInt16LE(150, bytes.lastIndexOf(Buffer.from([0x21, 0xf9, 4])) + 4);
      else {
        const at = bytes.lastIndexOf('fcTL');
        bytes.writeUInt16BE(15, at + 24);
        bytes.writeUInt16BE(10, at + 26);
        bytes.writeInt32BE(crc32(bytes.subarray(at, at + 30)), at + 30);
      }
      writeFileSync(path, bytes);
      const video = await Video.open(path, listening);
      assert.deepEqual([video.fps, video.duration, await numbersOf(video.frames())], [10, 2, [...range(5), ...Array<number>(15).fill(5)]]);
      assert.match(notices[0] ?? '', /last picture is held/);
    });
  }

  it('a recording that begins inside a group of pictures opens with its first whole one', async () => {
    for (const bFrames of ['0', '2']) {
      const path = await clips.make(`whole${bFrames}.ts`, { frames: 60, fps: 25, args: [...withB, '-bf', bFrames, '-muxrate', '2M'] });
      const bytes = readFileSync(path);
      const cut = clips.file(`cut${bFrames}.ts`);
      writeFileSync(cut, Buffer.concat([bytes.subarray(0, 188 * 3), bytes.subarray(188 * Math.floor(bytes.length / 188 / 5))]));
      const video = await Video.open(cut, listening);
      const numbers = await numbersOf(video.frames());
      assert.deepEqual(numbers, range(60 - (numbers[0] ?? 99), numbers[0]), `${numbers[0]}`);
      assert.ok((numbers[0] ?? 0) % 20 === 0 && (numbers[0] ?? 0) > 0, `${numbers[0]}`);
      assert.match(notices[0] ?? '', /cannot be decoded without the key frame/);
      notices.splice(0);
    }
  });
});

/** CRC-32 as PNG has it (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}
