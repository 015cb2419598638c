import assert from 'node:assert/strict';
import { Video, findFfmpeg } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, h264, meanColour, numberedFrame, numbersOf, psnr, range } from './clips.js';

/*
 * The ffmpeg that comes with the package is from 2018. Where no other is installed everything has to
 * work with it; the whole video suite can be run on it with FRAMELOOM_FFMPEG and FRAMELOOM_FFPROBE.
 */
describe('the bundled ffmpeg', () => {
  const clips = new ClipFolder();
  const names = ['PATH', 'FRAMELOOM_FFMPEG', 'FRAMELOOM_FFPROBE'] as const;
  const environment = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  let source: string;
  before(async function () {
    source = await clips.make('source.mp4', { frames: 48, args: [...h264, '-g', '12'] });
    process.env.PATH = clips.path;
    delete process.env.FRAMELOOM_FFMPEG;
    delete process.env.FRAMELOOM_FFPROBE;
    // A platform for which no build is shipped has nothing to test here.
    const found = await findFfmpeg().catch(() => undefined);
    if (!found) this.skip();
    assert.equal(found.source, 'bundled');
  });
  after(() => {
    for (const name of names) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    clips.remove();
  });

  it('reads a part of a clip at another rate and size', async () => {
    const clip = await Video.open(source, { start: 0.5, end: 1.5, fps: 12, width: 80 });
    assert.deepEqual([clip.width, clip.height, await numbersOf(clip.frames())], [80, 48, range(12).map((index) => 12 + 2 * index)]);
  });

  for (const extension of ['mp4', 'webm', 'gif', 'apng']) {
    it(`writes .${extension} and reads it back`, async () => {
      const clip = await Video.open(source, { end: 0.5 });
      const { path } = await clip.save(clips.file(`copy.${extension}`));
      const back = await Video.open(path);
      assert.deepEqual(await numbersOf(back.frames()), range(12));
      const quality = psnr(await back.frame(5), numberedFrame(5));
      assert.ok(quality > (extension === 'gif' ? 28 : 33), `${quality} dB`);
    });
  }

  it('opens an MPEG-TS, whose channel name its own iconv would crash on', async () => {
    const path = clips.file('broadcast.ts');
    await ffmpeg('-i', source, '-c', 'copy', '-f', 'mpegts', path);
    assert.deepEqual(await numbersOf((await Video.open(path, { end: 0.5 })).frames()), range(12));
  });

  it('lays transparency over a colour', async () => {
    const path = clips.file('clear.webm');
    await ffmpeg('-f', 'lavfi', '-i', 'color=c=red@0:s=64x64:r=10:d=0.3,format=yuva420p', '-c:v', 'libvpx-vp9', '-auto-alt-ref', '0', path);
    for (const value of meanColour(await (await Video.open(path, { background: '#4080c0' })).frame(0)).map(
      (mean, channel) => mean - ([64, 128, 192][channel] ?? 0),
    )) {
      assert.ok(Math.abs(value) < 4, String(value));
    }
  });
});
