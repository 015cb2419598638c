import assert from 'node:assert/strict';
import { Video } from '../../../../src/pipeline/video/index.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { pictureFilters } from '../../../../src/pipeline/video/decodeFilters.js';
import { ClipFolder, ffmpeg, ffprobe, meanColour, numberedFrame, psnr } from './clips.js';

const orange: readonly [number, number, number] = [230, 120, 40];

function near(actual: readonly number[], wanted: readonly number[], slack: number, what: string): void {
  for (const [channel, value] of actual.entries()) {
    assert.ok(
      Math.abs(value - (wanted[channel] ?? NaN)) <= slack,
      `${what}: ${actual.map((v) => v.toFixed(1)).join(', ')} instead of ${wanted.join(', ')}`,
    );
  }
}

describe('colours', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());

  for (const [matrix, tag] of [
    ['bt601', 'smpte170m'],
    ['bt709', 'bt709'],
    ['bt2020', 'bt2020nc'],
  ] as const) {
    for (const range of ['tv', 'pc'] as const) {
      it(`reads ${matrix} in ${range === 'tv' ? 'limited' : 'full'} range as tagged`, async () => {
        const path = clips.file(`${matrix}-${range}.mp4`);
        await ffmpeg(
          '-f',
          'lavfi',
          '-i',
          `color=c=0xe67828:s=64x64:r=5:d=0.4,format=rgb24,scale=out_color_matrix=${matrix}:out_range=${range}:flags=accurate_rnd,format=${range === 'pc' ? 'yuvj420p' : 'yuv420p'}`,
          '-c:v',
          'libx264',
          '-crf',
          '4',
          '-pix_fmt',
          range === 'pc' ? 'yuvj420p' : 'yuv420p',
          '-colorspace',
          tag,
          '-color_range',
          range,
          path,
        );
        const video = await Video.open(path);
        assert.deepEqual(video.info?.colour, { matrix, range: range === 'tv' ? 'limited' : 'full', assumed: false });
        near(meanColour(await video.frame(0)), orange, 2.5, matrix);
      });
    }
  }

  it('takes an untagged file for BT.601 when small and BT.709 when large', async () => {
    for (const [size, matrix] of [
      ['320x240', 'bt601'],
      ['1280x720', 'bt709'],
    ] as const) {
      const path = clips.file(`untagged-${size}.mkv`);
      await ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `color=c=0xe67828:s=${size}:r=5:d=0.2,format=rgb24,scale=out_color_matrix=${matrix}:out_range=tv:flags=accurate_rnd,format=yuv420p`,
        '-c:v',
        'ffv1',
        '-pix_fmt',
        'yuv420p',
        path,
      );
      const video = await Video.open(path);
      assert.deepEqual([video.info?.colour.matrix, video.info?.colour.assumed], [matrix, true]);
      near(meanColour(await video.frame(0)), orange, 2.5, size);
    }
  });

  for (const [extension, width, height, least] of [
    ['mp4', 160, 96, 38],
    ['mp4', 1280, 720, 38],
    ['webm', 160, 96, 36],
    ['mov', 160, 96, 38],
    ['gif', 160, 96, 29],
    ['apng', 160, 96, Infinity],
  ] as const) {
    it(`survive a round trip through .${extension} at ${width} x ${height}`, async () => {
      const frames = [0, 1, 2].map((number) => numberedFrame(number, width, height));
      const made = await Video.fromFrames(frames, { fps: 5 });
      const path = clips.file(`trip-${width}.${extension}`);
      await made.save(path);
      const read = await Video.open(path);
      const back = await read.frame(1);
      const quality = psnr(back, frames[1] as Frame);
      assert.ok(quality >= least, `${quality.toFixed(1)} dB`);
      // No drift of the mean: a wrong matrix or range shifts it by ten or more.
      near(meanColour(back, 0, 0.55), meanColour(frames[1] as Frame, 0, 0.55), 2, 'gradient');
      if (extension !== 'gif' && extension !== 'apng') {
        const [stream] = (await ffprobe(path)).streams;
        assert.equal(stream?.pix_fmt, 'yuv420p');
        assert.equal(stream?.color_range, 'tv');
        assert.equal(stream?.color_space, height >= 720 ? 'bt709' : 'smpte170m');
      }
    });
  }

  it('dithers 10-bit pictures instead of cutting their steps', async () => {
    // A gradient of 20 steps of 8 bits over 640 pixels: without dither each step is a flat band.
    const path = clips.file('ten.mkv');
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'color=c=black:s=640x64:r=5:d=0.2,format=yuv444p10le,geq=lum=400+X/8:cb=512:cr=512',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'yuv444p10le',
      path,
    );
    const video = await Video.open(path);
    assert.equal(video.info?.bitDepth, 10);
    const frame = await video.frame(0);
    let worst = 0;
    for (let x = 8; x < 632; x++) {
      const expected = ((400 + x / 8 - 64) / 876) * 255;
      const [red] = meanColour(frame, (x - 4) / 640, 0, (x + 4) / 640, 1);
      worst = Math.max(worst, Math.abs(red - expected));
    }
    assert.ok(worst < 0.45, `local mean is off by up to ${worst.toFixed(2)}`);
  });

  for (const transfer of ['smpte2084', 'arib-std-b67'] as const) {
    it(`brings ${transfer} down to ordinary brightness`, async () => {
      const path = clips.file(`${transfer}.mkv`);
      // Four greys: black, dim, reference white (203 nits) and a highlight.
      const codes = transfer === 'smpte2084' ? [64, 300, 573, 800] : [64, 300, 721, 900];
      const steps =
        codes.map((code, index) => (index === 3 ? String(code) : `if(lt(X\\,${(index + 1) * 40})\\,${code}\\,`)).join('') + ')))';
      await ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `color=c=black:s=160x64:r=5:d=0.2,format=yuv420p10le,geq=lum=${steps}:cb=512:cr=512`,
        '-c:v',
        'libx265',
        '-x265-params',
        `log-level=none:lossless=1:colorprim=9:transfer=${transfer === 'smpte2084' ? 16 : 18}:colormatrix=9`,
        '-pix_fmt',
        'yuv420p10le',
        '-color_primaries',
        'bt2020',
        '-color_trc',
        transfer,
        '-colorspace',
        'bt2020nc',
        path,
      );
      const video = await Video.open(path);
      assert.equal(video.info?.hdr, transfer === 'smpte2084' ? 'PQ' : 'HLG');
      const frame = await video.frame(0);
      const levels = [0, 1, 2, 3].map((step) => meanColour(frame, step / 4 + 0.05, 0.1, step / 4 + 0.2, 0.9));
      for (const [red, green, blue] of levels) assert.ok(Math.abs(red - green) < 4 && Math.abs(blue - green) < 4, 'grey stays grey');
      const [black, dim, white, highlight] = levels.map(([, green]) => green) as [number, number, number, number];
      assert.ok(black < 6 && dim > black + 15 && white > dim + 40 && highlight > white + 10, levels.join(' | '));
      assert.ok(white > 120 && white < 235 && highlight <= 255, levels.join(' | '));
    });
  }

  it('has a way for an ffmpeg without zscale that gives much the same brightness', async () => {
    const path = clips.file('smpte2084.mkv');
    const { info } = await Video.open(path);
    assert.ok(info);
    const place = { size: info, scaled: info, x: 0, y: 0 };
    const levels: number[][] = [];
    for (const way of ['zimg', 'swscale'] as const) {
      const raw = clips.file(`${way}.png`);
      await ffmpeg('-i', path, '-frames:v', '1', '-vf', pictureFilters(info, place, [0, 0, 0], way).join(','), raw);
      const frame = await (await Video.open(raw)).frame(0);
      levels.push([0, 1, 2, 3].map((step) => meanColour(frame, step / 4 + 0.05, 0.1, step / 4 + 0.2, 0.9)[1]));
    }
    near(levels[1] ?? [], levels[0] ?? [], 40, 'curve against zimg');
  });
});
