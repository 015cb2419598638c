import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Video } from '../../../../src/pipeline/video/index.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { orientationIn } from '../../../../src/pipeline/video/orientation.js';
import { interlacingOf } from '../../../../src/pipeline/video/interlacing.js';
import { ClipFolder, ffmpeg, meanColour, numbersOf, range } from './clips.js';

describe('pictures of every kind', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());

  /** The EXIF block of a JPEG with nothing but an orientation in it. */
  const exif = (orientation: number): Buffer =>
    Buffer.from([
      0xff,
      0xe1,
      0,
      34,
      ...Buffer.from('Exif\0\0MM\0*'),
      0,
      0,
      0,
      8,
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      orientation,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);

  async function turned(name: string, orientation: number): Promise<string> {
    const flat = clips.file('flat.jpg');
    // Red at the top left, blue at the top right, green at the bottom left.
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'color=c=gray:s=160x96:d=0.1,drawbox=w=80:h=48:c=red:t=fill,drawbox=x=80:w=80:h=48:c=blue:t=fill,drawbox=y=48:w=80:h=48:c=lime:t=fill',
      '-frames:v',
      '1',
      '-q:v',
      '2',
      flat,
    );
    const bytes = readFileSync(flat);
    const path = clips.file(name);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 2), exif(orientation), bytes.subarray(2)]));
    return path;
  }

  /** The colours of the four quarters, row by row. */
  const quarters = (frame: Frame): string =>
    [
      [0, 0],
      [0.5, 0],
      [0, 0.5],
      [0.5, 0.5],
    ]
      .map(([x = 0, y = 0]) => {
        const [r, g, b] = meanColour(frame, x + 0.1, y + 0.1, x + 0.4, y + 0.4);
        return Math.max(r, g, b) - Math.min(r, g, b) < 60 ? '-' : r > g && r > b ? 'r' : g > b ? 'g' : 'b';
      })
      .join('');

  // What EXIF's eight orientations make of "red blue / green -".
  for (const [orientation, upright] of [
    [1, 'rbg-'],
    [2, 'br-g'],
    [3, '-gbr'],
    [4, 'g-rb'],
    [5, 'rgb-'],
    [6, 'gr-b'],
    [7, '-bgr'],
    [8, 'b-rg'],
  ] as const) {
    it(`EXIF orientation ${orientation} is applied, in a file and in a folder`, async () => {
      const path = await turned(`exif${orientation}/1.JPG`, orientation);
      for (const place of [path, clips.file(`exif${orientation}`), clips.file(`exif${orientation}/%d.JPG`)]) {
        const video = await Video.open(place);
        assert.deepEqual([video.width, video.height], orientation > 4 ? [96, 160] : [160, 96]);
        assert.equal(quarters(await video.frame(0)), upright, place);
        await video.close();
      }
    });
  }

  it('pictures of one folder may be stored in different turns', async () => {
    await turned('turns/1.jpg', 6);
    await turned('turns/2.jpg', 8);
    await turned('turns/3.jpg', 6);
    const video = await Video.open(clips.file('turns'));
    const seen: string[] = [];
    for await (const frame of video.frames()) seen.push(quarters(frame));
    assert.deepEqual(seen, ['gr-b', 'b-rg', 'gr-b']);
    assert.equal(quarters(await video.frame(1)), 'b-rg');
    await video.close();
  });

  it('reads the orientation of PNG, WebP and TIFF too, and none from rubbish', () => {
    const tiff = exif(8).subarray(10);
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('eXIf'), tiff, Buffer.alloc(4)]);
    chunk.writeUInt32BE(tiff.length, 0);
    const riff = Buffer.concat([Buffer.from('RIFF    WEBPEXIF'), Buffer.from(Uint32Array.of(tiff.length).buffer), tiff]);
    assert.deepEqual(
      [
        Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk]),
        riff,
        tiff,
        exif(9),
        Buffer.alloc(64, 0xff),
        Buffer.from('II*\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1'),
      ].map(orientationIn),
      [8, 8, 8, 1, 1, 1],
    );
  });

  it('kinds are told by content: .PNG beside .png, and a picture with another ending', async () => {
    await clips.make('case/%d.png', { frames: 4, args: [] });
    renameSync(clips.file('case/2.png'), clips.file('case/2.PNG'));
    renameSync(clips.file('case/3.png'), clips.file('case/3.jpg'));
    const video = await Video.open(clips.file('case'));
    assert.deepEqual(await numbersOf(video.frames()), range(4));
    await video.close();
  });

  it('a file whose name is a pattern is that file', async () => {
    await clips.make('pattern/p%d.png', { frames: 3, args: ['-start_number', '0'] });
    copyFileSync(clips.file('pattern/p2.png'), clips.file('pattern/p%d.png'));
    assert.deepEqual(await numbersOf((await Video.open(clips.file('pattern/p%d.png'))).frames()), [2]);
    const all = await Video.open(clips.file('pattern/p%01d.png'));
    assert.deepEqual(await numbersOf(all.frames()), range(3));
    await all.close();
    const made = await Video.open(await clips.make('plain.gif', { frames: 5, fps: 10, args: [] }));
    for (const name of ['pattern/g%d.gif', 'pattern/g%02d.apng', 'pattern/g%d.mp4']) {
      const saved = await made.save(clips.file(name));
      assert.deepEqual(await numbersOf((await Video.open(saved.path)).frames()), range(5), name);
    }
  });

  it('several JPEG pictures in one file are all read, in order, and a part of them', async () => {
    const path = clips.file('many.jpg');
    await clips.make('many.mjpg', { frames: 6, args: ['-c:v', 'mjpeg', '-q:v', '2', '-f', 'mjpeg'] });
    renameSync(clips.file('many.mjpg'), path);
    const many = await Video.open(path);
    assert.deepEqual([many.frameCount, await numbersOf(many.frames())], [6, range(6)]);
    assert.deepEqual(await numbersOf(many.frames({ start: 2, end: 5 })), [2, 3, 4]);
  });

  describe('interlaced', () => {
    const lines = (order: string): string =>
      `color=c=black:s=160x96:r=50:d=1.2,geq=lum='if(between(mod(X-4*N\\,160)\\,0\\,24)\\,235\\,16)':cb=128:cr=128,tinterlace=interleave_${order}`;
    /** The share of bright pixels whose neighbours above and below are alike and dark. */
    async function comb(path: string, wanted: RegExp | undefined): Promise<number> {
      const notices: string[] = [];
      const video = await Video.open(path, { onNotice: (notice) => notices.push(notice) });
      assert.deepEqual(notices.length, wanted ? 1 : 0, notices.join());
      if (wanted) assert.match(notices[0] ?? '', wanted);
      let [combed, bright] = [0, 0];
      for await (const { data, width } of video.frames()) {
        for (let y = 20; y < 76; y++) {
          for (let x = 0; x < width; x++) {
            const at = (row: number): number => data[(row * width + x) * 3] ?? 0;
            if (Math.max(at(y - 1), at(y), at(y + 1)) > 100) bright++;
            if (Math.abs(at(y - 1) - at(y + 1)) < 40 && Math.abs(at(y) - at(y - 1)) > 120) combed++;
          }
        }
      }
      return combed / bright;
    }

    for (const [name, order, flags, known] of [
      ['tff.mp4', 'top', ['-c:v', 'libx264', '-flags', '+ildct+ilme', '-x264-params', 'tff=1'], /top field first, as the file says/],
      [
        'bff.ts',
        'bottom',
        ['-c:v', 'mpeg2video', '-q:v', '2', '-flags', '+ildct+ilme', '-top', '0'],
        /bottom field first, as the file says/,
      ],
      ['unsaid.mp4', 'top', ['-c:v', 'libx264', '-vf', 'setfield=prog'], /top field first, measured/],
      ['unsaid.mkv', 'bottom', ['-c:v', 'ffv1', '-vf', 'setfield=prog'], /bottom field first, measured/],
      ['unsaid.avi', 'top', ['-c:v', 'mpeg4', '-q:v', '2', '-vf', 'setfield=prog'], /top field first, measured/],
    ] as const) {
      it(`pictures become whole: ${name}`, async () => {
        const path = clips.file(name);
        await ffmpeg('-f', 'lavfi', '-i', lines(order), '-pix_fmt', 'yuv420p', ...flags, path);
        const share = await comb(path, known);
        assert.ok(share < 0.15, `${share}`);
      });
    }

    it('fine detail in small pictures, and in codecs that know no fields, is no interlacing', async () => {
      for (const [name, size, args] of [
        ['small.mp4', '64x48', ['-c:v', 'libx264']],
        ['fine.webm', '128x96', ['-c:v', 'libvpx']],
      ] as const) {
        const path = clips.file(name);
        await ffmpeg('-f', 'lavfi', '-i', `testsrc=s=${size}:r=10:d=2`, '-pix_fmt', 'yuv420p', ...args, path);
        assert.equal((await Video.open(path)).info?.interlacing, undefined, name);
      }
    });

    it('whole pictures stay sharp, even where the file calls them fields', async () => {
      for (const [name, args] of [
        ['whole.mp4', []],
        ['marked.mp4', ['-flags', '+ildct+ilme', '-x264-params', 'tff=1']],
      ] as const) {
        const path = clips.file(name);
        await ffmpeg(
          '-f',
          'lavfi',
          '-i',
          "color=c=black:s=160x96:r=25:d=1.2,geq=lum='if(between(mod(X-8*N\\,160)\\,0\\,24)\\,235\\,16)':cb=128:cr=128",
          '-pix_fmt',
          'yuv420p',
          '-c:v',
          'libx264',
          ...args,
          path,
        );
        assert.ok((await comb(path, undefined)) < 0.02);
      }
    });

    it('is judged by flags and by measure', () => {
      const of = (flagged: 'progressive' | 'top' | 'bottom', measured: 'progressive' | 'top' | 'bottom', count = 10) =>
        Array.from({ length: count }, () => ({ flagged, measured }));
      assert.equal(interlacingOf(of('progressive', 'progressive')), undefined);
      assert.equal(interlacingOf(of('top', 'progressive')), undefined);
      assert.deepEqual(interlacingOf(of('top', 'bottom')), { order: 'bottom', known: 'flagged' });
      assert.deepEqual(interlacingOf(of('progressive', 'bottom')), { order: 'bottom', known: 'measured' });
      assert.equal(interlacingOf([...of('progressive', 'top', 5), ...of('progressive', 'bottom', 5)]), undefined);
      assert.equal(interlacingOf(of('progressive', 'top', 3)), undefined);
      assert.equal(interlacingOf([]), undefined);
    });
  });
});
