import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, collect, ffmpeg, h264, meanColour, numberedFrame, numbersOf, psnr, range } from './clips.js';

describe('opening videos of every kind', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());

  for (const [extension, args, least] of [
    ['mp4', h264, 40],
    ['mov', h264, 40],
    ['m4v', h264, 40],
    ['mkv', h264, 40],
    ['avi', ['-c:v', 'mpeg4', '-q:v', '2'], 30],
    ['ts', h264, 40],
    ['webm', ['-c:v', 'libvpx-vp9', '-b:v', '4M', '-deadline', 'realtime', '-cpu-used', '8'], 30],
  ] as const) {
    it(`reads every frame of .${extension} once and in order`, async () => {
      const path = await clips.make(`plain.${extension}`, { frames: 30, args: [...args] });
      const video = await Video.open(path).catch((error: { code?: string }) => {
        // One bundled ffprobe crashes on every transport stream; that it is said so is all we can do.
        if (extension === 'ts' && error.code === 'FL_VIDEO_FFMPEG_CRASHED') return undefined;
        throw error;
      });
      if (!video) return;
      assert.equal(video.frameCount, 30);
      assert.ok(Math.abs(video.fps - 24) < 0.001, `${video.fps} fps`);
      assert.equal(video.info?.variableFrameRate, false);
      const frames = await collect(video.frames());
      assert.deepEqual(await numbersOf(video.frames()), range(30));
      const quality = psnr(frames[7] ?? assert.fail(), numberedFrame(7));
      assert.ok(quality > least, `${quality} dB`);
    });
  }

  it('reads a clip of a single frame', async () => {
    const video = await Video.open(await clips.make('one.mp4', { frames: 1, args: h264 }));
    assert.equal(video.frameCount, 1);
    assert.deepEqual(await numbersOf(video.frames()), [0]);
  });

  it('reads 60 frames a second, and NTSC rates exactly', async () => {
    const fast = await Video.open(await clips.make('fast.mp4', { frames: 90, fps: 60, args: h264 }));
    assert.deepEqual([fast.fps, await numbersOf(fast.frames())], [60, range(90)]);
    const ntsc = await Video.open(
      await clips.make('ntsc.mp4', { frames: 20, args: [...h264, '-r', '30000/1001'], before: ['-vf', 'setpts=N/(30000/1001)/TB'] }),
    );
    assert.deepEqual(ntsc.info?.frameRate, { num: 30000, den: 1001 });
  });

  it('reads 4K', async () => {
    const path = await clips.make('uhd.mp4', {
      frames: 3,
      args: ['-vf', 'scale=3840:2160:flags=neighbor', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    });
    const video = await Video.open(path);
    assert.deepEqual([video.width, video.height, video.frameCount], [3840, 2160, 3]);
    assert.deepEqual(await numbersOf(video.frames()), range(3));
  });

  it('keeps odd sizes', async () => {
    const video = await Video.open(await clips.make('odd.mkv', { frames: 5, width: 131, height: 77, args: ['-c:v', 'ffv1'] }));
    assert.deepEqual([video.width, video.height], [131, 77]);
    assert.ok(psnr(await video.frame(3), numberedFrame(3, 131, 77)) > 45);
  });

  // The red quarter stands at the bottom left of the stored picture; where it must be after the turn:
  for (const [degrees, left, top] of [
    [90, 0.1, 0.1],
    [180, 0.6, 0.1],
    [270, 0.6, 0.6],
  ] as const) {
    it(`turns a picture marked to be turned clockwise by ${degrees} degrees`, async () => {
      const flat = clips.file(`flat${degrees}.mp4`);
      await ffmpeg('-f', 'lavfi', '-i', 'color=c=gray:s=160x96:r=10:d=0.5,drawbox=x=0:y=48:w=80:h=48:c=red:t=fill', ...h264, flat);
      const path = clips.file(`turned${degrees}.mp4`);
      // ffmpeg counts anticlockwise here; newer ones have an option, older ones a tag.
      await ffmpeg('-display_rotation', String(360 - degrees), '-i', flat, '-c', 'copy', path).catch(() =>
        ffmpeg('-i', flat, '-c', 'copy', '-metadata:s:v:0', `rotate=${360 - degrees}`, path),
      );
      const video = await Video.open(path);
      assert.equal(video.info?.rotation, degrees);
      assert.deepEqual([video.width, video.height], degrees === 180 ? [160, 96] : [96, 160]);
      const [red, green] = meanColour(await video.frame(0), left, top, left + 0.3, top + 0.3);
      assert.ok(red > 200 && green < 60, `${red}, ${green}`);
    });
  }

  it('makes pixels square', async () => {
    const path = await clips.make('anamorphic.mp4', {
      frames: 3,
      args: [...h264.map((argument) => (argument.startsWith('scale=') ? `${argument},setsar=2/1` : argument))],
    });
    const video = await Video.open(path);
    assert.deepEqual([video.width, video.height], [320, 96]);
    assert.deepEqual(await numbersOf(video.frames()), range(3));
  });

  it('lays transparency over the background that was asked for', async () => {
    const clear = 'color=c=0x20c040:s=64x64:r=10:d=0.3,format=rgba,geq=r=r(X\\,Y):g=g(X\\,Y):b=b(X\\,Y):a=if(lt(X\\,32)\\,0\\,255)';
    const webm = clips.file('alpha.webm');
    await ffmpeg('-f', 'lavfi', '-i', clear, '-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-b:v', '1M', '-auto-alt-ref', '0', webm);
    const png = clips.file('alpha.png');
    await ffmpeg('-f', 'lavfi', '-i', clear, '-frames:v', '1', png);
    for (const path of [webm, png]) {
      for (const [background, wanted] of [
        ['white', 255],
        ['black', 0],
        ['#808080', 128],
      ] as const) {
        const video = await Video.open(path, { background });
        assert.equal(video.info?.hasAlpha, true);
        const frame = await video.frame(0);
        for (const value of meanColour(frame, 0, 0, 0.4)) assert.ok(Math.abs(value - wanted) < 4, `${path} ${background}: ${value}`);
        const [red, green, blue] = meanColour(frame, 0.6, 0, 1);
        assert.ok(Math.abs(red - 0x20) < 6 && Math.abs(green - 0xc0) < 6 && Math.abs(blue - 0x40) < 6, `${red}, ${green}, ${blue}`);
      }
    }
  });

  it('reads GIF and APNG', async () => {
    for (const name of ['plain.gif', 'plain.apng']) {
      const video = await Video.open(await clips.make(name, { frames: 12, fps: 10, args: [] }));
      assert.deepEqual([video.frameCount, video.fps, await numbersOf(video.frames())], [12, 10, range(12)]);
    }
  });

  it('reads numbered pictures, a folder of pictures, and a single one', async () => {
    await clips.make('pictures/shot-%03d.png', { frames: 7, args: ['-start_number', '5'] });
    const pattern = await Video.open(clips.file('pictures/shot-%03d.png'), { fps: 8 });
    assert.deepEqual([pattern.frameCount, pattern.fps, await numbersOf(pattern.frames())], [7, 8, range(7)]);
    assert.deepEqual(await numbersOf(pattern.frames({ start: 3, end: 5 })), [3, 4]);
    // In a folder the names need not be without gaps, and numbers count as numbers.
    renameSync(clips.file('pictures/shot-011.png'), clips.file('pictures/shot-100.png'));
    const folder = await Video.open(clips.file('pictures'));
    assert.deepEqual([folder.fps, await numbersOf(folder.frames())], [25, range(7)]);
    await folder.close();
    const still = await Video.open(clips.file('pictures/shot-008.png'));
    assert.deepEqual([still.frameCount, await numbersOf(still.frames())], [1, [3]]);
  });

  it('opens paths that look like options, protocols, patterns or nothing good', async () => {
    const plain = await clips.make('plain-name.mp4', { frames: 3, args: h264 });
    mkdirSync(clips.file('odd names'), { recursive: true });
    const home = process.cwd();
    let from = plain;
    try {
      process.chdir(clips.file('odd names'));
      for (const name of ['-y.mp4', 'http:b 100%d.mp4', 'žluť 日本 🎈 it\'s;$(rm) "&" | `x`.mp4']) {
        renameSync(from, name);
        from = name;
        const video = await Video.open(name);
        assert.deepEqual(await numbersOf(video.frames()), range(3), name);
        await video.save(`copy of ${name}`);
        assert.equal((await Video.open(`copy of ${name}`)).frameCount, 3, name);
      }
    } finally {
      process.chdir(home);
    }
  });
});
