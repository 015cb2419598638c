import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Video } from '../../src/pipeline/video/index.js';
import { FrameloomError } from '../../src/pipeline/core/errors.js';
import { ClipFolder, ffmpeg, h264, numbersOf, range } from '../unit/pipeline/video/clips.js';
import { useOwnTemporaryFolder } from '../unit/pipeline/video/ownTemporary.js';

describe('videos that cannot be opened', () => {
  useOwnTemporaryFolder();
  const clips = new ClipFolder();
  after(() => clips.remove());

  /** Everything that may be left behind: files beside the video, and temporary folders. */
  const surroundings = (): string[] => [
    ...readdirSync(clips.path),
    ...readdirSync(tmpdir()).filter((name) => name.startsWith('frameloom-video-')),
  ];

  async function refused(path: string, code: string, message: RegExp = /./): Promise<void> {
    const before = surroundings();
    await assert.rejects(Video.open(path), (error) => {
      assert.ok(error instanceof FrameloomError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok(error.message.includes(JSON.stringify(path)), 'names the file');
      return true;
    });
    // Folders of earlier clips may go meanwhile, with the clips.
    assert.deepEqual(
      surroundings().filter((name) => !before.includes(name)),
      [],
    );
  }

  function put(name: string, content: string | Buffer): string {
    const path = clips.file(name);
    writeFileSync(path, content);
    return path;
  }

  it('missing', () => refused(clips.file('missing.mp4'), 'FL_VIDEO_NOT_FOUND'));
  it('an address', () => refused('https://example.org/x.mp4', 'FL_VIDEO_NOT_FOUND', /Download/));
  it('empty', () => refused(put('empty.mp4', ''), 'FL_VIDEO_EMPTY'));
  it('text renamed to .mp4', () =>
    refused(put('text.mp4', 'Once upon a time there was a cat.\n'.repeat(400)), 'FL_VIDEO_NOT_A_VIDEO', /text/));
  it('UTF-8 text renamed to .mkv', () =>
    refused(put('text.mkv', 'Příliš žluťoučký kůň 日本\n'.repeat(500)), 'FL_VIDEO_NOT_A_VIDEO', /text/));
  it('bytes of no format', () =>
    refused(put('noise.mp4', Buffer.from(range(5000).map((index) => (index * 7919) % 251))), 'FL_VIDEO_NOT_A_VIDEO'));
  it('a folder without images', () => {
    mkdirSync(clips.file('folder'));
    return refused(clips.file('folder'), 'FL_VIDEO_FOLDER');
  });
  it('a pattern that matches nothing', () => refused(clips.file('nothing-%03d.png'), 'FL_VIDEO_NOT_FOUND'));

  for (const [name, content] of [
    ['hls.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.mp4\n#EXT-X-ENDLIST\n'],
    ['concat.mp4', 'ffconcat version 1.0\nfile secret.mp4\n'],
    ['concat-plain.mkv', "# list\nfile 'secret.mp4'\n"],
    ['pls.avi', '[playlist]\nFile1=secret.mp4\n'],
    ['dash.webm', '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>secret.mp4</BaseURL></MPD>'],
  ] as const) {
    it(`a playlist that points to other files (${name})`, () => refused(put(name, content), 'FL_VIDEO_PLAYLIST'));
  }

  it('a playlist behind bytes that hide it from a look at its beginning', async () => {
    await clips.make('secret.mp4', { frames: 5, args: h264 });
    const hidden = put('hidden.mp4', `#EXTM3U\u0001\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.mp4\n#EXT-X-ENDLIST\n`);
    await refused(hidden, 'FL_VIDEO_PLAYLIST');
    // Past our own look, ffmpeg's list of formats refuses: nothing but the limits protects here.
    const raw = put('raw.mp4', `\u0002\n#EXTM3U\n#EXTINF:5,\nsecret.mp4\n`);
    await refused(raw, 'FL_VIDEO_NOT_A_VIDEO');
  });

  it('sound only', async () => {
    const path = clips.file('sound.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', path);
    await refused(path, 'FL_VIDEO_AUDIO_ONLY', /aac/);
  });

  it('sound with a picture of its cover', async () => {
    const [cover, path] = [clips.file('cover.png'), clips.file('cover.mp3')];
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1:r=1', '-frames:v', '1', cover);
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'sine=d=1',
      '-i',
      cover,
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'png',
      '-disposition:v',
      'attached_pic',
      path,
    );
    await refused(path, 'FL_VIDEO_AUDIO_ONLY', /mp3/);
  });

  it('an MP4 cut off within its index', async () => {
    const path = await clips.make('half-index.mp4', { frames: 30, args: [...h264, '-movflags', '+faststart'] });
    truncateSync(path, readFileSync(path).indexOf('moov') + 300);
    await refused(path, 'FL_VIDEO_DAMAGED', /index is cut off/);
  });

  it('an MP4 cut off before its index', async () => {
    const path = await clips.make('no-index.mp4', { frames: 30, args: h264 });
    truncateSync(path, Math.floor(statSync(path).size / 2));
    await refused(path, 'FL_VIDEO_DAMAGED', /cut off/);
  });

  for (const [extension, args] of [
    ['mp4', [...h264, '-movflags', '+faststart']],
    ['mkv', h264],
    ['avi', ['-c:v', 'mpeg4', '-q:v', '4']],
  ] as const) {
    it(`an .${extension} cut off in the middle, of which the beginning can be used`, async () => {
      const path = await clips.make(`cut.${extension}`, { frames: 72, args: [...args, '-g', '12'] });
      truncateSync(path, Math.floor(statSync(path).size * 0.6));
      await refused(path, 'FL_VIDEO_TRUNCATED', /only \d+ of about \d+ frames.*\{ end: [\d.]+ \}/);
      const part = await Video.open(path, { end: 1 });
      assert.deepEqual(await numbersOf(part.frames()), range(24));
      assert.equal((await Video.open(path, { maxFrames: 5 })).frameCount, 5);
    });
  }

  it('a picture that unpacks to more than the limit', async () => {
    const path = clips.file('bomb.png');
    await ffmpeg('-f', 'lavfi', '-i', 'color=c=black:s=9000x9000:d=1', '-frames:v', '1', '-pix_fmt', 'monob', path);
    await refused(path, 'FL_VIDEO_TOO_LARGE', /9000 x 9000/);
  });

  it('an image sequence with a hole, and folders of mixed kinds, of other sizes, with something else', async () => {
    await clips.make('holes/%02d.png', { frames: 5, args: [] });
    rmSync(clips.file('holes/03.png'));
    await refused(clips.file('holes/%02d.png'), 'FL_VIDEO_SEQUENCE', /number 3 is missing/);
    await clips.make('holes/03.jpg', { frames: 1, args: [] });
    await refused(clips.file('holes'), 'FL_VIDEO_SEQUENCE', /several kinds: "01.png" is PNG and "03.jpg" JPEG/);
    await clips.make('sizes/%02d.png', { frames: 2, args: [] });
    await clips.make('sizes/03.png', { frames: 1, width: 96, height: 160, args: [] });
    await refused(clips.file('sizes'), 'FL_VIDEO_SEQUENCE', /"03.png" is 96 x 160 but "01.png" is 160 x 96/);
    await refused(clips.file('sizes/%02d.png'), 'FL_VIDEO_SEQUENCE', /"03.png" is 96 x 160/);
    await clips.make('notes/%02d.png', { frames: 2, args: [] });
    put('notes/03.png', 'not a picture, but named like one');
    await refused(clips.file('notes'), 'FL_VIDEO_SEQUENCE', /"03.png" is not a PNG/);
  });

  it('a file of 20 GB that is nothing but zeros, without looking through all of it', async () => {
    const path = put('zeros.gif', '{');
    truncateSync(path, 20 * 2 ** 30); // Sparse: it takes no room.
    await refused(path, 'FL_VIDEO_NOT_A_VIDEO', /begins as no kind of video/);
  });

  it('an animated WebP, which ffmpeg cannot read, is called that and not damaged', async () => {
    const chunk = (name: string, data: Buffer): Buffer =>
      Buffer.concat([Buffer.from(name), Buffer.from(Uint32Array.of(data.length).buffer), data]);
    const body = Buffer.concat([
      Buffer.from('WEBP'),
      chunk('VP8X', Buffer.from([2, 0, 0, 0, 159, 0, 0, 95, 0, 0])),
      chunk('ANIM', Buffer.alloc(6)),
      chunk('ANMF', Buffer.alloc(64)),
    ]);
    await refused(put('moving.webp', chunk('RIFF', body)), 'FL_VIDEO_NOT_A_VIDEO', /animated WebP/);
  });

  it('paths that no file system has', async () => {
    await assert.rejects(Video.open(`${clips.path}/a\0b.mp4`), { code: 'FL_ARGUMENT' });
    await refused(clips.file('%0999999999d.png'), 'FL_VIDEO_NOT_FOUND');
    await refused(`${clips.path}/${'x'.repeat(300)}.mp4`, 'FL_VIDEO_NOT_FOUND');
  });

  it('a pipe, without waiting for its other end', function () {
    const path = clips.file('pipe.mp4');
    if (spawnSync('mkfifo', [path]).status !== 0) this.skip();
    return refused(path, 'FL_VIDEO_NOT_A_FILE');
  });

  it('a file that may not be read', function () {
    const path = put('locked.mp4', 'x');
    chmodSync(path, 0);
    // The superuser reads it all the same.
    if (process.getuid?.() === 0) this.skip();
    return refused(path, 'FL_VIDEO_NO_ACCESS');
  });

  it('frames that break off in the middle of reading end with an error, not with fewer frames', async () => {
    const path = await clips.make('rots.mkv', { frames: 48, args: ['-c:v', 'ffv1'] });
    const video = await Video.open(path);
    truncateSync(path, Math.floor(statSync(path).size / 2));
    await assert.rejects(numbersOf(video.frames()), { code: 'FL_VIDEO_TRUNCATED' });
  });

  it('an open that was aborted beforehand', async () => {
    const path = await clips.make('fine.mp4', { frames: 3, args: h264 });
    await assert.rejects(Video.open(path, { signal: AbortSignal.abort() }), { code: 'FL_ABORTED' });
  });

  it('an ffmpeg that was named and does not work is an error that names it; one on PATH is skipped, with the reason', async () => {
    const { findFfmpeg } = await import('../../src/pipeline/video/index.js');
    const script = put('not/ffmpeg', '#!/bin/sh\necho hello\n');
    chmodSync(script, 0o755);
    const path = process.env.PATH;
    try {
      for (const [ffmpegPath, reason] of [
        [clips.file('no-such-ffmpeg'), /The ffmpeg setting names .*no-such-ffmpeg.*ENOENT/],
        [script, /is not ffmpeg/],
      ] as const) {
        await assert.rejects(
          findFfmpeg({ ffmpegPath }),
          (error: FrameloomError) => error.code === 'FL_VIDEO_FFMPEG_SETTING' && reason.test(error.message),
        );
      }
      process.env.FRAMELOOM_FFPROBE = clips.file('no-such-ffprobe');
      await assert.rejects(
        findFfmpeg(),
        (error: FrameloomError) => error.code === 'FL_VIDEO_FFMPEG_SETTING' && /FRAMELOOM_FFPROBE names/.test(error.message),
      );
      delete process.env.FRAMELOOM_FFPROBE;
      process.env.PATH = clips.file('not');
      const found = await findFfmpeg();
      assert.equal(found.source, 'bundled');
      assert.match(found.skipped.join(), /is not ffmpeg/);
      assert.ok(existsSync(found.ffmpeg) && existsSync(found.ffprobe));
    } finally {
      process.env.PATH = path;
      delete process.env.FRAMELOOM_FFPROBE;
    }
  });

  it('an ffmpeg that does not know what keeps strangers in bounds is called too old, and the file is not blamed', async function () {
    if (process.platform === 'win32') this.skip();
    const { findFfmpeg } = await import('../../src/pipeline/video/index.js');
    const path = await clips.make('good.mp4', { frames: 3, args: h264 });
    const real = await findFfmpeg();
    const old = (name: 'ffmpeg' | 'ffprobe'): string => {
      const program = put(
        `old/${name}`,
        `#!/bin/sh\n[ "$1" = -version ] && exec "${real[name]}" -version\necho "Unrecognized option 'max_pixels'." >&2\necho "Error splitting the argument list: Option not found" >&2\nexit 1\n`,
      );
      chmodSync(program, 0o755);
      return program;
    };
    old('ffprobe');
    await assert.rejects(
      Video.open(path, { ffmpegPath: old('ffmpeg') }),
      (error: FrameloomError) => error.code === 'FL_VIDEO_FFMPEG_OLD' && /too old.*max_pixels.*may be fine/.test(error.message),
    );
  });

  it('an ffmpeg that takes ten seconds to answer on a busy machine is waited for', async function () {
    if (process.platform === 'win32') this.skip();
    const { findFfmpeg } = await import('../../src/pipeline/video/index.js');
    const real = await findFfmpeg();
    const slow = put('slow/ffmpeg', `#!/bin/sh\nsleep 10\nexec "${real.ffmpeg}" "$@"\n`);
    chmodSync(slow, 0o755);
    assert.equal((await findFfmpeg({ ffmpegPath: slow })).ffmpeg, slow);
  });
});
