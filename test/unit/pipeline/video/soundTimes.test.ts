import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, collect, ffmpeg, ffprobe, h264 } from './clips.js';

describe('sound and the picture it belongs to', () => {
  const clips = new ClipFolder();
  after(() => clips.remove());
  let picture: string;
  before(async () => {
    picture = await clips.make('picture.mkv', { frames: 75, fps: 25, args: h264 });
  });

  /** A clip whose sound begins `late` seconds after its picture and has a tone from its own half second on. */
  async function clipWith(name: string, late: number, args: string[] = ['-c:a', 'aac']): Promise<string> {
    const path = clips.file(name);
    await ffmpeg(
      '-itsoffset',
      String(Math.max(0, -late)),
      '-i',
      picture,
      '-itsoffset',
      String(Math.max(0, late)),
      '-f',
      'lavfi',
      '-i',
      'sine=f=1000:d=2.5:r=48000,volume=enable=lt(t\\,0.5):volume=0',
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      ...args,
      path,
    );
    return path;
  }

  /** When the tone begins and ends, in seconds after the file's first picture, and when the sound ends. */
  async function heard(path: string): Promise<{ onset: number; last: number; end: number }> {
    const wave = clips.file('heard.pcm');
    await ffmpeg('-i', path, '-map', '0:a', '-af', 'aresample=async=1:first_pts=0', '-f', 's16le', '-ac', '1', '-ar', '8000', wave);
    const bytes = readFileSync(wave);
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    const isLoud = (value: number): boolean => Math.abs(value) > 800;
    return { onset: samples.findIndex(isLoud) / 8000, last: samples.findLastIndex(isLoud) / 8000, end: samples.length / 8000 };
  }

  for (const [name, late] of [
    ['a.ts', 0.4],
    ['b.ts', -0.2],
    ['c.mkv', 0.4],
    ['d.mp4', 0.4],
    ['e.flv', 0.3],
    ['f.mkv', -0.3],
  ] as const) {
    it(`stays where it is in .${name.slice(2)}, ${late} s after the picture, and ends with it`, async () => {
      const clip = await Video.open(await clipWith(name, late));
      for (const extension of ['mp4', 'webm']) {
        const { onset, end } = await heard((await clip.save(clips.file(`whole-${name}.${extension}`))).path);
        assert.ok(Math.abs(onset - 0.5 - late) < 0.03, `${extension}: ${onset}`);
        assert.ok(end < 3.08, `${extension}: ends at ${end} s`);
      }
      const part = await Video.open(await clipWith(name, late), { start: 0.6, end: 1.4 });
      const { onset, end } = await heard((await part.save(clips.file(`part-${name}.mp4`))).path);
      assert.ok(Math.abs(onset - Math.max(0, late - 0.1)) < 0.03, `part: ${onset}`);
      assert.ok(end < 0.88, `part ends at ${end} s`);
    });
  }

  it('is not said to be there when none of it falls into the clip', async () => {
    const clip = await Video.open(await clipWith('late.mkv', 1.5), { end: 1 });
    for (const extension of ['mp4', 'webm', 'mkv']) {
      const saved = await clip.save(clips.file(`none.${extension}`));
      assert.equal(saved.audio, false);
      assert.ok(!(await ffprobe(saved.path)).streams.some((stream) => stream.codec_type === 'audio'));
    }
  });

  it('is heard after a packet whose time stamp is hours ahead', async () => {
    const path = clips.file('ahead.ts');
    await ffmpeg('-i', picture, '-f', 'lavfi', '-i', 'sine=f=1000:d=3:r=48000', '-c:v', 'copy', '-c:a', 'aac', path);
    const bytes = readFileSync(path);
    const stamps = audioStamps(bytes);
    assert.ok(stamps.length >= 4, `${stamps.length} packets of sound`);
    // 33 bits of a clock of 90 kHz, of which these are the highest: 19 hours.
    bytes[stamps[1]!] = bytes[stamps[1]!]! | 0x0c;
    writeFileSync(path, bytes);
    const saved = await (await Video.open(path)).save(clips.file('ahead.mp4'));
    assert.deepEqual([saved.frames, saved.audio], [75, true]);
    const { last, end } = await heard(saved.path);
    assert.ok(end < 3.08 && last > 2.8, `the tone lasts until ${last} s of ${end} s`);
  });

  it('of a part of made frames is cut where the frames are', async () => {
    const opened = await Video.open(await clipWith('made.mp4', 0));
    const made = await opened.withFrames(await collect(opened.frames()));
    // 0.29 s is between two frames: the picture begins with frame 7, at 0.28 s.
    const [from, same] = await Promise.all([made, opened].map(async (clip) => (await clip.trim({ start: 0.29, end: 1.91 })).sound));
    assert.ok(Math.abs((from?.start ?? 0) - 0.28) < 1e-9, `${from?.start}`);
    assert.ok(Math.abs((from?.start ?? 0) - (same?.start ?? 1)) < 1e-9 && Math.abs((from?.duration ?? 0) - (same?.duration ?? 1)) < 1e-9);
  });

  it('is the track that the file marks, or the one asked for', async () => {
    const path = clips.file('tracks.mkv');
    await ffmpeg(
      '-i',
      picture,
      '-f',
      'lavfi',
      '-i',
      'anullsrc=r=44100,atrim=end=3',
      '-f',
      'lavfi',
      '-i',
      'sine=f=1000:d=3:r=48000',
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-map',
      '2:a',
      '-c:v',
      'copy',
      '-c:a',
      'libvorbis',
      '-t',
      '3',
      '-disposition:a:0',
      '0',
      '-disposition:a:1',
      'default',
      '-metadata:s:a:1',
      'language=cze',
      path,
    );
    const clip = await Video.open(path);
    assert.deepEqual([clip.info?.audio?.track, clip.info?.audio?.language, clip.info?.audioTracks.length], [1, 'cze', 2]);
    assert.ok((await heard((await clip.save(clips.file('marked.mp4'))).path)).onset >= 0);
    const other = await Video.open(path, { audioTrack: 0 });
    assert.deepEqual([(await clip.describeSource())?.audioTrack, (await other.describeSource())?.audioTrack], [1, 0]);
    assert.equal((await heard((await other.save(clips.file('other.mp4'))).path)).onset, -1 / 8000);
    await assert.rejects(Video.open(path, { audioTrack: 2 }), { code: 'FL_ARGUMENT', message: /audioTrack.*0: .*vorbis; 1: cze/ });
  });
});

/** Where the time stamps of sound begin in an MPEG transport stream: PES packets of stream 0xC0. */
function audioStamps(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf('000001c0', 0, 'hex'); at >= 0; at = bytes.indexOf('000001c0', at + 4, 'hex')) found.push(at + 9);
  return found;
}
