import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Video } from '../../src/pipeline/video/index.js';
import { FrameloomError } from '../../src/pipeline/errors.js';
import { ClipFolder, ffmpeg, h264, numbersOf, range } from '../unit/video/clips.js';

describe('videos that cannot be opened', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());

  /** Everything that may be left behind: files beside the video, and temporary folders. */
  const surroundings = (): string[] => [...readdirSync(clips.path), ...readdirSync(tmpdir()).filter((name) => name.startsWith('frameloom-video-'))];

  async function refused(path: string, code: string, message: RegExp = /./): Promise<void> {
    const before = surroundings();
    const started = Date.now();
    await assert.rejects(Video.open(path), (error) => {
      assert.ok(error instanceof FrameloomError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok(error.message.includes(JSON.stringify(path)), 'names the file');
      return true;
    });
    assert.ok(Date.now() - started < 10_000, 'takes less than ten seconds');
    assert.deepEqual(surroundings(), before);
  }

  function put(name: string, content: string | Buffer): string {
    const path = clips.file(name);
    writeFileSync(path, content);
    return path;
  }

  it('missing', () => refused(clips.file('missing.mp4'), 'FL_VIDEO_NOT_FOUND'));
  it('an address', () => refused('https://example.org/x.mp4', 'FL_VIDEO_NOT_FOUND', /Download/));
  it('empty', () => refused(put('empty.mp4', ''), 'FL_VIDEO_EMPTY'));
  it('text renamed to .mp4', () => refused(put('text.mp4', 'Once upon a time there was a cat.\n'.repeat(400)), 'FL_VIDEO_NOT_A_VIDEO', /text/));
  it('UTF-8 text renamed to .mkv', () => refused(put('text.mkv', 'Příliš žluťoučký kůň 日本\n'.repeat(500)), 'FL_VIDEO_NOT_A_VIDEO', /text/));
  it('bytes of no format', () => refused(put('noise.mp4', Buffer.from(range(5000).map((index) => (index * 7919) % 251))), 'FL_VIDEO_NOT_A_VIDEO'));
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

  it('an MP4 cut off before its index', async () => {
    const path = await clips.make('no-index.mp4', { frames: 30, args: h264 });
    truncateSync(path, Math.floor(statSync(path).size / 2));
    await refused(path, 'FL_VIDEO_DAMAGED', /cut off/);
  });

  for (const [extension, args] of [['mp4', [...h264, '-movflags', '+faststart']], ['mkv', h264], ['avi', ['-c:v', 'mpeg4', '-q:v', '4']]] as const) {
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

  it('an image sequence with a hole, and a folder of mixed kinds', async () => {
    await clips.make('holes/%02d.png', { frames: 5, args: [] });
    spawnSync('mv', [clips.file('holes/03.png'), clips.file('holes/03.jpg')]);
    await refused(clips.file('holes/%02d.png'), 'FL_VIDEO_SEQUENCE', /number 3 is missing/);
    await refused(clips.file('holes'), 'FL_VIDEO_SEQUENCE', /several kinds/);
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

  it('an ffmpeg that does not exist or is something else is skipped, with the reason', async () => {
    const { findFfmpeg } = await import('../../src/pipeline/video/index.js');
    const script = put('not-ffmpeg', '#!/bin/sh\necho hello\n');
    chmodSync(script, 0o755);
    for (const [ffmpegPath, reason] of [[clips.file('no-such-ffmpeg'), /ENOENT/], [script, /is not ffmpeg/]] as const) {
      const found = await findFfmpeg({ ffmpegPath });
      assert.notEqual(found.source, 'setting');
      assert.match(found.skipped.join(), reason);
      assert.ok(existsSync(found.ffmpeg) && existsSync(found.ffprobe));
    }
    assert.equal(readFileSync(script, 'utf8').length > 0, true);
  });
});
