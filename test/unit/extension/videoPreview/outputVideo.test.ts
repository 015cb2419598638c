import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { framePlan } from '../../../../src/extension/videoPreview/framePlan.js';
import { JpegSplitter } from '../../../../src/extension/videoPreview/jpegSplitter.js';
import { outputVideo } from '../../../../src/extension/videoPreview/outputVideo.js';
import type { OutputVideoWish } from '../../../../src/extension/videoPreview/outputVideo.js';
import { ProxyCache } from '../../../../src/extension/videoPreview/proxyCache.js';
import { ProxyMaker } from '../../../../src/extension/videoPreview/proxyMaker.js';
import { findFfmpeg } from '../../../../src/pipeline/video/ffmpegBinaries.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { probeFile } from '../../../../src/extension/videoPreview/probeFile.js';
import { ffmpeg, numberIn, writeNumberedClip } from '../../webview/rig/numberedClip.js';

describe('a clip for a notebook output', function () {
  this.timeout(60_000);
  let folder: string;
  let versions: ProxyMaker;
  const prores = (): string => path.join(folder, 'clip.mov');

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'frameloom-output-'));
    versions = new ProxyMaker(new ProxyCache(path.join(folder, 'versions'), () => 1e9));
    await writeNumberedClip({
      file: prores(),
      frames: 12,
      fps: 8,
      width: 128,
      height: 96,
      codec: ['-c:v', 'prores_ks'],
      sound: ['-c:a', 'pcm_s16le'],
    });
    await writeNumberedClip({ file: path.join(folder, 'plain.mp4'), frames: 12, fps: 8, width: 128, height: 96 });
    await writeNumberedClip({
      file: path.join(folder, 'uneven.mkv'),
      frames: 12,
      fps: 8,
      width: 128,
      height: 96,
      codec: ['-vf', "setpts='if(gt(N,5),PTS+2/TB/8,PTS)'", '-vsync', 'vfr', '-c:v', 'ffv1'],
    });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const wish = (part: Partial<OutputVideoWish> = {}): OutputVideoWish => ({
    problem: 'picture',
    playsH264: true,
    mayConvert: true,
    programs: { ffmpegPath: '', ffprobePath: '' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...part,
  });
  const numbers = (pictures: readonly Uint8Array[]): Promise<number[]> =>
    Promise.all(
      pictures.map(async (picture) =>
        numberIn(await ffmpeg(['-f', 'mjpeg', '-i', 'pipe:0', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1'], [Buffer.from(picture)])),
      ),
    );

  it('is the file itself where that was only out of reach', async () => {
    assert.deepEqual(await outputVideo(path.join(folder, 'plain.mp4'), wish({ problem: 'missing' }), versions), {
      kind: 'file',
      file: path.join(folder, 'plain.mp4'),
      mime: 'video/mp4',
      offset: 0,
    });
  });

  it('is the version that the preview plays, made once', async () => {
    const why: string[] = [];
    const first = await outputVideo(prores(), wish({ onProgress: (text) => why.push(text) }), versions);
    assert.ok(first.kind === 'file' && first.mime === 'video/mp4');
    const { info } = await probeFile(await findFfmpeg(), first.file);
    assert.deepEqual([info.codec, info.audio?.codec, info.frameCount], ['h264', 'mp3', 12]);
    assert.deepEqual(await outputVideo(prores(), wish(), versions), first);
    assert.equal((await readdir(versions.folder)).length, 1);
    assert.ok(
      why.every((text) => text === 'VS Code does not play ProRes and PCM sound'),
      why.join(),
    );
  });

  it('is its frames where H.264 does not play either', async () => {
    const shown = await outputVideo(prores(), wish({ playsH264: false }), versions);
    assert.ok(shown.kind === 'frames');
    assert.deepEqual(await numbers(shown.pictures), shown.frames);
    assert.deepEqual(
      shown.frames,
      Array.from({ length: 12 }, (_, frame) => frame),
    );
    assert.match(shown.note, /without sound/);
  });

  it('has the frames of an uneven clip when they are shown', async () => {
    const shown = await outputVideo(path.join(folder, 'uneven.mkv'), wish({ playsH264: false }), versions);
    assert.ok(shown.kind === 'frames');
    const clip = await Video.open(path.join(folder, 'uneven.mkv'));
    assert.ok(clip.info?.variableFrameRate);
    // The library's frames of such a clip stand at equal distances; the pictures are those.
    const library: number[] = [];
    for await (const { data, width, height } of clip.frames()) {
      library.push(
        await numberIn(
          await ffmpeg(
            [
              '-f',
              'rawvideo',
              '-pix_fmt',
              'rgb24',
              '-s',
              `${width}x${height}`,
              '-i',
              'pipe:0',
              '-f',
              'image2pipe',
              '-c:v',
              'png',
              'pipe:1',
            ],
            [Buffer.from(data)],
          ),
        ),
      );
    }
    assert.deepEqual(await numbers(shown.pictures), library);
  });

  it('is refused where nothing may be converted, and where only the sound was in doubt but plays', async () => {
    await assert.rejects(outputVideo(prores(), wish({ mayConvert: false }), versions), /not trusted/);
    await assert.rejects(outputVideo(path.join(folder, 'plain.mp4'), wish({ problem: 'sound' }), versions), /plays as it is/);
  });

  it('ends with the wish for it, and leaves nothing half-made', async () => {
    await writeNumberedClip({
      file: path.join(folder, 'slow.mov'),
      frames: 200,
      fps: 25,
      width: 640,
      height: 480,
      codec: ['-c:v', 'prores_ks'],
    });
    for (const playsH264 of [true, false]) {
      const abort = new AbortController();
      const work = outputVideo(
        path.join(folder, 'slow.mov'),
        wish({ playsH264, signal: abort.signal, onProgress: () => abort.abort() }),
        versions,
      );
      await assert.rejects(work, { code: 'FL_ABORTED' });
    }
    for (let attempt = 0; attempt < 50 && (await readdir(versions.folder)).length > 1; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await readdir(versions.folder)).length, 1);
  });
});

describe('the pictures of a clip', () => {
  it('get smaller when there are many, then fewer', () => {
    assert.deepEqual(framePlan({ width: 128, height: 96, frameCount: 3 }), {
      size: { width: 128, height: 96 },
      every: 1,
      frames: [0, 1, 2],
    });
    assert.deepEqual(framePlan({ width: 3840, height: 2160, frameCount: 1 }).size, { width: 768, height: 432 });
    const many = framePlan({ width: 1920, height: 1080, frameCount: 500 });
    assert.ok(many.every === 1 && many.size.width < 768 && many.size.width > 320, JSON.stringify(many.size));
    const long = framePlan({ width: 1920, height: 1080, frameCount: 5000 });
    assert.deepEqual(
      [long.size, long.every, long.frames.slice(0, 3), long.frames.at(-1)],
      [{ width: 320, height: 180 }, 6, [0, 6, 12], 4998],
    );
  });

  it('are cut out of a stream however it comes', async () => {
    const stream = await ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=96x64:rate=5:duration=1',
      '-c:v',
      'mjpeg',
      '-f',
      'image2pipe',
      'pipe:1',
    ]);
    for (const step of [1, 7, 1000, stream.length]) {
      const pictures: Uint8Array[] = [];
      const splitter = new JpegSplitter((picture) => pictures.push(picture));
      for (let at = 0; at < stream.length; at += step) splitter.take(stream.subarray(at, at + step));
      assert.equal(pictures.length, 5);
      assert.deepEqual(Buffer.concat(pictures), stream);
    }
  });
});
