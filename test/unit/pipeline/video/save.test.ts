import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { Video, contactSheet, sideBySide } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, ffprobe, h264, numberedFrame, numbersOf, psnr, range } from './clips.js';

describe('saving videos', () => {
  const clips = new ClipFolder();
  let made: Video;
  before(async () => {
    made = await Video.fromFrames(
      range(12).map((number) => numberedFrame(number)),
      { fps: 8 },
    );
  });
  after(() => clips.remove());

  for (const extension of ['mp4', 'mov', 'm4v', 'mkv', 'webm', 'gif', 'apng']) {
    it(`writes every frame into .${extension}, at its rate`, async () => {
      const progress: number[] = [];
      const saved = await made.save(clips.file(`all.${extension}`), {
        onProgress: ({ frame, frameCount }) => progress.push(frame / (frameCount ?? NaN)),
      });
      assert.deepEqual([saved.frames, saved.fps, saved.duration, saved.width, saved.height, saved.audio], [12, 8, 1.5, 160, 96, false]);
      assert.deepEqual(
        progress,
        range(12, 1).map((frame) => frame / 12),
      );
      const read = await Video.open(saved.path);
      assert.deepEqual([read.frameCount, read.fps, await numbersOf(read.frames())], [12, 8, range(12)]);
    });
  }

  for (const extension of ['mp4', 'mkv', 'webm', 'gif', 'apng']) {
    it(`writes one frame alone into .${extension}`, async () => {
      const one = await Video.fromFrames([numberedFrame(5)], { fps: 10 });
      const saved = await one.save(clips.file(`one.${extension}`));
      assert.deepEqual([saved.frames, saved.fps, saved.duration], [1, 10, 0.1]);
      const read = await Video.open(saved.path);
      assert.deepEqual([read.frameCount, read.fps, await numbersOf(read.frames())], [1, 10, [5]]);
    });
  }

  it('puts the index of an MP4 first, so that it plays while it loads', async () => {
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync((await made.save(clips.file('fast.mp4'))).path);
    assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'));
  });

  it('grows odd sides by one repeated line where the format needs even ones', async () => {
    const odd = await Video.fromFrames(
      range(3).map((number) => numberedFrame(number, 131, 77)),
      { fps: 8 },
    );
    const saved = await odd.save(clips.file('odd.mp4'), { crf: 5 });
    assert.deepEqual([saved.width, saved.height], [132, 78]);
    const frame = await (await Video.open(saved.path)).frame(1);
    const at = (x: number, y: number): number[] => [...frame.data.subarray((y * 132 + x) * 3, (y * 132 + x) * 3 + 3)];
    for (const y of [45, 60, 76])
      for (const channel of [0, 1, 2]) assert.ok(Math.abs((at(131, y)[channel] ?? 0) - (at(130, y)[channel] ?? 99)) < 6);
    const gif = await odd.save(clips.file('odd.gif'));
    assert.deepEqual([gif.width, gif.height], [131, 77]);
  });

  it('writes a lossless PNG sequence and replaces an older, longer one', async () => {
    const saved = await made.save(clips.file('sequence/shot %03d.png'));
    assert.equal(saved.frames, 12);
    const read = await Video.open(saved.path, { fps: 8 });
    assert.equal(psnr(await read.frame(5), numberedFrame(5)), Infinity);
    const short = await made.trim({ end: 0.5 });
    await short.save(saved.path);
    assert.deepEqual(
      readdirSync(clips.file('sequence')).sort(),
      range(4, 1).map((number) => `shot 00${number}.png`),
    );
  });

  it('scales on the way out', async () => {
    const saved = await made.save(clips.file('small.mp4'), { width: 64, height: 64, fit: 'contain' });
    assert.deepEqual([saved.width, saved.height, (await Video.open(saved.path)).width], [64, 64, 64]);
  });

  it('loops a GIF as asked, and thins one that is too fast for browsers', async () => {
    const fast = await Video.fromFrames(
      range(30).map((number) => numberedFrame(number)),
      { fps: 100 },
    );
    const saved = await fast.save(clips.file('fast.gif'), { loop: 3 });
    assert.deepEqual([saved.fps, Math.abs(saved.frames - 15) <= 1], [50, true]);
    const { readFileSync } = await import('node:fs');
    const netscape = readFileSync(saved.path).indexOf('NETSCAPE2.0');
    assert.equal(readFileSync(saved.path).readUInt16LE(netscape + 13), 2);
  });

  it('clears away what a killed process left unfinished long ago, and nothing else', async () => {
    const hour = Date.now() / 1000 - 3600;
    for (const [name, age] of [
      ['tidy.partial-99999999-1.mp4', hour],
      ['tidy.partial-99999999-2.mp4', Date.now() / 1000],
      [`tidy.partial-${process.ppid}-1.mp4`, hour],
      ['tidy.partial-notes.mp4', hour],
    ] as const) {
      writeFileSync(clips.file(`tidy/${name}`), 'x');
      utimesSync(clips.file(`tidy/${name}`), age, age);
    }
    await made.save(clips.file('tidy/tidy.mp4'));
    assert.deepEqual(
      readdirSync(clips.file('tidy')).sort(),
      ['tidy.mp4', 'tidy.partial-99999999-2.mp4', `tidy.partial-${process.ppid}-1.mp4`, 'tidy.partial-notes.mp4'].sort(),
    );
  });

  it('lets the caller refuse to overwrite', async () => {
    const path = clips.file('kept.mp4');
    writeFileSync(path, 'precious');
    await assert.rejects(made.save(path, { overwrite: false }), { code: 'FL_VIDEO_OUTPUT_EXISTS' });
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(path, 'utf8'), 'precious');
  });

  for (const [name, code] of [
    ['x.avi', 'FL_VIDEO_OUTPUT_FORMAT'],
    ['x', 'FL_VIDEO_OUTPUT_FORMAT'],
    ['x.png', 'FL_VIDEO_OUTPUT_FORMAT'],
    ['no/such/x.mp4', 'FL_VIDEO_OUTPUT_PATH'],
  ] as const) {
    it(`refuses to write ${name}`, async () => {
      await assert.rejects(made.save(`${clips.path}/${name}`), { code });
    });
  }

  it('refuses a compression that does not exist', async () => {
    await assert.rejects(made.save(clips.file('crf.mp4'), { crf: 99 }), { code: 'FL_ARGUMENT' });
    assert.ok(!existsSync(clips.file('crf.mp4')));
  });

  describe('sound', () => {
    let source: string;
    before(async () => {
      const picture = await clips.make('picture.mp4', { frames: 48, args: h264 });
      source = clips.file('long-sound.mp4');
      // One second of silence, then a tone: longer than the two seconds of picture.
      await ffmpeg(
        '-i',
        picture,
        '-f',
        'lavfi',
        '-i',
        'sine=f=440:d=4:r=44100,volume=enable=lt(t\\,1):volume=0',
        '-c:v',
        'copy',
        '-c:a',
        'aac',
        source,
      );
    });

    const soundOf = async (path: string): Promise<{ codec: string; seconds: number } | undefined> => {
      const stream = (await ffprobe(path)).streams.find((candidate) => candidate.codec_type === 'audio');
      if (!stream) return undefined;
      const { format } = await ffprobe(path, '-select_streams', 'a:0');
      return { codec: String(stream.codec_name), seconds: Number(stream.duration ?? format.duration) };
    };

    it('is kept and cut to the picture', async () => {
      const clip = await Video.open(source);
      for (const [extension, codec] of [
        ['mp4', 'aac'],
        ['webm', 'opus'],
        ['mkv', 'aac'],
      ] as const) {
        const edited = await clip.withFrames(clip.frames());
        const saved = await edited.save(clips.file(`sound.${extension}`));
        assert.equal(saved.audio, true);
        const sound = await soundOf(saved.path);
        assert.equal(sound?.codec, codec);
        assert.ok(Math.abs(sound.seconds - 2) < 0.06, `${sound.seconds} s`);
      }
    });

    it('starts where the clip starts', async () => {
      const clip = await Video.open(source, { start: 0.75, end: 1.5 });
      const saved = await (await clip.withFrames(clip.frames())).save(clips.file('part.mp4'));
      const sound = await soundOf(saved.path);
      assert.ok(sound && Math.abs(sound.seconds - 0.75) < 0.06, `${sound?.seconds} s`);
      // The tone begins a quarter of a second into the part.
      const wave = clips.file('part.pcm');
      await ffmpeg('-i', saved.path, '-vn', '-f', 's16le', '-ac', '1', '-ar', '8000', wave);
      const { readFileSync } = await import('node:fs');
      const bytes = readFileSync(wave);
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
      const onset = samples.findIndex((value) => Math.abs(value) > 800) / 8000;
      assert.ok(Math.abs(onset - 0.25) < 0.03, `${onset} s`);
    });

    it('is left out on request, and where there is none', async () => {
      const clip = await Video.open(source, { end: 0.5 });
      const silent = await clip.save(clips.file('silent.mp4'), { audio: false });
      assert.deepEqual([silent.audio, await soundOf(silent.path)], [false, undefined]);
      assert.equal((await made.save(clips.file('none.mp4'))).audio, false);
    });

    it('that cannot be read any more is an error that says so', async () => {
      const copy = clips.file('gone.mp4');
      await ffmpeg('-i', source, '-c', 'copy', copy);
      const clip = await Video.open(copy, { end: 0.5 });
      const edited = await clip.withFrames(clip.frames());
      rmSync(copy);
      await assert.rejects(edited.save(clips.file('orphan.mp4')), { code: 'FL_VIDEO_AUDIO_SOURCE' });
      assert.equal((await edited.save(clips.file('orphan.mp4'), { audio: false })).frames, 12);
    });
  });

  describe('comparisons', () => {
    it('sets clips side by side, frame by frame, at one height', async () => {
      const small = await made.resize({ width: 80, height: 48 });
      const both = await sideBySide(made, small, { gap: 10 });
      assert.deepEqual([both.width, both.height, both.frameCount, both.fps], [330, 96, 12, 8]);
      const frame = await both.frame(7);
      const part = (left: number, width: number): { data: Uint8Array; width: number; height: number } => {
        const data = new Uint8Array(width * 96 * 3);
        for (let row = 0; row < 96; row++)
          data.set(frame.data.subarray((row * 330 + left) * 3, (row * 330 + left + width) * 3), row * width * 3);
        return { data, width, height: 96 };
      };
      assert.equal(psnr(part(0, 160), numberedFrame(7)), Infinity);
      assert.ok(psnr(part(170, 160), numberedFrame(7)) > 20);
    });

    it("ends with the shorter clip, at the first one's rate, with room for labels", async () => {
      const slow = await Video.fromFrames(
        range(3).map((number) => numberedFrame(number)),
        { fps: 4 },
      );
      const both = await sideBySide(made, slow, { labels: ['before', 'after'] });
      assert.deepEqual([both.fps, both.frameCount, both.height > 96], [8, 6, true]);
    });

    it('draws a contact sheet with a row per clip', async () => {
      const png = clips.file('sheet.png');
      writeFileSync(png, await contactSheet([made, made], { columns: 4, labels: ['one', 'two'] }));
      const sheet = await (await Video.open(png)).frame(0);
      const single = await (async () => {
        writeFileSync(png, await contactSheet(made, { columns: 4 }));
        return (await Video.open(png)).frame(0);
      })();
      assert.equal(sheet.width, 4 * 160 + 3 * 4 + 24);
      assert.ok(sheet.height > 1.8 * single.height);
      // The third picture of the first row is frame 7: 0, 4, 7, 11 are evenly spaced over twelve.
      const at = (sheetX: number, y: number): number => sheet.data[(y * sheet.width + sheetX) * 3 + 1] ?? 0;
      const bars = range(4).map((bar) => at(12 + 2 * 164 + bar * 16 + 8, 12 + 26 + 20) > 127);
      assert.deepEqual(bars, [true, true, true, false]);
    });

    it('finds the moments of a long clip without reading all of it', async () => {
      const long = await Video.fromFrames(
        range(600).map((number) => numberedFrame(number, 40, 24)),
        { fps: 8 },
      );
      let read = 0;
      const frames = long.frames.bind(long);
      long.frames = (part) => {
        read += Math.min(part?.end ?? 600, 600) - (part?.start ?? 0);
        return frames(part);
      };
      await contactSheet(long, { columns: 6 });
      assert.equal(read, 6);
    });

    it('refuses a sheet of nothing', async () => {
      await assert.rejects(contactSheet([]), { code: 'FL_ARGUMENT' });
    });
  });
});
