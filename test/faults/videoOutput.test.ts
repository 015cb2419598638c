import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FrameloomError } from '../../src/pipeline/core/errors.js';
import { Video, checkOutput, sideBySide } from '../../src/pipeline/video/index.js';
import type { Frame } from '../../src/pipeline/core/index.js';
import { ClipFolder, h264, numberedFrame } from '../unit/pipeline/video/clips.js';
import { useOwnTemporaryFolder } from '../unit/pipeline/video/ownTemporary.js';

/** Command lines of running processes that mention a text; undefined where the system does not tell. */
function running(text: string): string[] | undefined {
  if (!existsSync('/proc/self/cmdline')) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(text) && /^\S*ff(mpeg|probe)/.test(line));
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 8000; Date.now() < end;) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`not within 8 s: ${what}`);
}

describe('saves and reads that do not finish', () => {
  useOwnTemporaryFolder();
  const clips = new ClipFolder();
  let source: string;
  before(async () => {
    source = await clips.make('source.mp4', { frames: 240, width: 320, height: 192, args: [...h264, '-g', '24'] });
  });
  after(() => clips.remove());

  async function* slowly(count: number, at?: (index: number) => void): AsyncGenerator<Frame> {
    for (let index = 0; index < count; index++) {
      at?.(index);
      yield numberedFrame(index % 100, 320, 192);
    }
  }

  for (const name of ['aborted.mp4', 'aborted.webm', 'aborted.gif', 'aborted.apng', 'sequence/%04d.png']) {
    it(`an abort while writing ${name} leaves no file, no process and the old file`, async () => {
      const folder = clips.file(`abort-${name.replace(/\W/g, '')}`);
      mkdirSync(folder);
      const target = join(folder, name);
      if (!name.includes('%')) writeFileSync(target, 'the old file');
      const clip = await Video.fromFrames(slowly(60), { fps: 8 });
      const stop = new AbortController();
      const saving = clip.save(target, { signal: stop.signal, onProgress: ({ frame }) => frame === 20 && stop.abort() });
      await assert.rejects(saving, { code: 'FL_ABORTED' });
      assert.deepEqual(readdirSync(folder), name.includes('%') ? [] : [name]);
      if (!name.includes('%')) assert.equal(readFileSync(target, 'utf8'), 'the old file');
      assert.deepEqual(running(folder) ?? [], []);
      await clip.close();
    });
  }

  it('leaving the loop over frames ends ffmpeg at once', async () => {
    const clip = await Video.open(source);
    let count = 0;
    for await (const frame of clip.frames()) {
      assert.equal(frame.width, 320);
      if (++count === 3) break;
    }
    assert.deepEqual(running(source) ?? [], []);
  });

  it('an abort between two frames ends the loop with an error and ffmpeg with it', async () => {
    const clip = await Video.open(source);
    const stop = new AbortController();
    let count = 0;
    await assert.rejects(
      async () => {
        for await (const frame of clip.frames({ signal: stop.signal })) if (frame && ++count === 3) stop.abort();
      },
      { code: 'FL_ABORTED' },
    );
    assert.ok(count <= 4);
    assert.deepEqual(running(source) ?? [], []);
  });

  it('a slow consumer makes ffmpeg wait instead of filling memory', async () => {
    const clip = await Video.open(source, { width: 1280, height: 768 });
    const frames = clip.frames()[Symbol.asyncIterator]();
    await frames.next();
    const before = process.memoryUsage().arrayBuffers;
    // What arrives fills memory until it does no more: ffmpeg waits.
    let [held, looks] = [0, 0];
    await until('nothing more arrives', () => {
      const now = process.memoryUsage().arrayBuffers;
      looks = now === held ? looks + 1 : 0;
      held = now;
      return looks === 10;
    });
    // 240 frames would be 700 MB; a handful may be on their way.
    assert.ok(process.memoryUsage().arrayBuffers - before < 12 * 1280 * 768 * 3);
    await frames.return?.(undefined);
  });

  it('frames that fail while they are written leave nothing', async () => {
    const clip = await Video.open(await clips.make('rotten.mkv', { frames: 24, args: ['-c:v', 'ffv1'] }));
    writeFileSync(clip.info?.path ?? '', readFileSync(clip.info?.path ?? '').subarray(0, 9000));
    await assert.rejects(clip.save(clips.file('rotten-copy.mp4')), { code: 'FL_VIDEO_TRUNCATED' });
    assert.deepEqual(
      readdirSync(clips.path).filter((name) => name.startsWith('rotten-copy')),
      [],
    );
  });

  it('a file above the size limit is not kept', async () => {
    const clip = await Video.open(source);
    await assert.rejects(clip.save(clips.file('big.mp4'), { maxBytes: 20_000 }), { code: 'FL_VIDEO_OUTPUT_SIZE' });
    assert.deepEqual(
      readdirSync(clips.path).filter((name) => name.startsWith('big')),
      [],
    );
  });

  it('places where nothing can be written are refused before a frame is read, in a sentence', async () => {
    let read = 0;
    const clip = await Video.fromFrames(slowly(3), { fps: 8 });
    const frames = clip.frames.bind(clip);
    clip.frames = (range) => (read++, frames(range));
    mkdirSync(clips.file('folder.mp4'), { recursive: true });
    mkdirSync(clips.file('pictures/0002.png'), { recursive: true });
    const places = [
      `${clips.path}/a\0b.mp4`,
      clips.file('folder.mp4'),
      clips.path,
      clips.file('%0999999999d.png'),
      clips.file('pictures/%04d.png'),
      `${clips.path}/${'x'.repeat(300)}.mp4`,
      `${clips.path}/${'x'.repeat(300)}%d.png`,
    ];
    if (existsSync('/proc/self')) places.push('/proc/x.mp4', '/proc/x%d.png', '/proc/none/x%d.png');
    for (const place of places) {
      for (const work of [() => checkOutput(place), () => clip.save(place)]) {
        await assert.rejects(
          work(),
          (error: FrameloomError) =>
            error instanceof FrameloomError &&
            /^FL_(ARGUMENT|VIDEO_OUTPUT_(PATH|FORMAT))$/.test(error.code) &&
            !/E[A-Z]{4,}: /.test(error.message),
          place,
        );
      }
    }
    assert.deepEqual([read, readdirSync(clips.file('pictures'))], [0, ['0002.png']]);
  });

  it('a clip is never saved over what it comes from, whatever leads there and however it was made', async () => {
    const folder = clips.file('origins');
    const at = (...names: string[]): string => join(folder, ...names);
    mkdirSync(at('frames'), { recursive: true });
    copyFileSync(source, at('film.mp4'));
    symlinkSync(at('film.mp4'), at('link.mp4'));
    linkSync(at('film.mp4'), at('twin.mp4'));
    symlinkSync(folder, clips.file('linked'), 'dir');
    const film = await Video.open(at('film.mp4'), { maxFrames: 3 });
    await film.save(at('frames', '%03d.png'));
    const pictures = await Video.open(at('frames'), { fps: 8 });
    const state = (): unknown => [
      readFileSync(at('film.mp4')),
      readdirSync(folder),
      readdirSync(at('frames')).map((name) => readFileSync(at('frames', name))),
    ];
    const before = state();
    const refused = (clip: Video, place: string): Promise<void> =>
      assert.rejects(clip.save(place), { code: 'FL_VIDEO_OUTPUT_SOURCE' }, place);

    const made = await film.withFrames(film.frames());
    const other = await Video.fromFrames(made.frames(), { fps: 24 });
    const clipsOfFilm = [
      film,
      await film.trim({ end: 0.1 }),
      await film.resize({ width: 64 }),
      made,
      await sideBySide(made, other),
      await sideBySide(other, made),
    ];
    for (const clip of clipsOfFilm)
      for (const place of [
        at('film.mp4'),
        at('link.mp4'),
        at('twin.mp4'),
        join(clips.file('linked'), 'film.mp4'),
        at('..', 'origins', 'film.mp4'),
      ])
        await refused(clip, place);
    for (const clip of [pictures, await pictures.withFrames(pictures.frames())])
      for (const place of [at('frames', '%03d.png'), at('frames', '%d.png')]) await refused(clip, place);
    assert.deepEqual(state(), before);
    await other.save(at('film.mp4'));
    await made.save(at('edited.mp4'));
  });

  it('a full drive is named as such', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const { encodeVideo } = await import('../../src/pipeline/video/videoEncoder.js');
    const { findFfmpeg } = await import('../../src/pipeline/video/index.js');
    const { outputFormatOf } = await import('../../src/pipeline/video/outputFormat.js');
    await assert.rejects(
      encodeVideo({
        binaries: await findFfmpeg(),
        format: outputFormatOf('x.mkv'),
        target: 'x.mkv',
        path: '/dev/full',
        scratch: clips.path,
        frames: slowly(40),
        width: 320,
        height: 192,
        rate: { num: 8, den: 1 },
        maxBytes: 1e9,
      }),
      { code: 'FL_VIDEO_DISK_FULL' },
    );
  });

  for (const ending of ['SIGINT', 'SIGTERM', 'process.exit()', 'an error that nobody catches'] as const) {
    it(`${ending} takes the children and the unfinished files along`, async function () {
      if (process.platform === 'win32') this.skip();
      const folder = clips.file(`end-${ending.replace(/\W/g, '')}`);
      mkdirSync(folder);
      const script = join(folder, 'save.ts');
      const library = join(process.cwd(), 'src/pipeline/video/index.js');
      writeFileSync(
        script,
        `
        import { Video } from ${JSON.stringify(library)};
        async function* endless() { for (let i = 0; ; i++) { yield { data: new Uint8Array(320 * 192 * 3).fill(i), width: 320, height: 192 }; await new Promise((r) => setTimeout(r, 2)); } }
        async function main() {
          const clip = await Video.open(${JSON.stringify(source)});
          const spooled = await clip.withFrames(clip.frames(), { memoryLimit: 1000 });
          void Video.fromFrames(endless(), { fps: 8, memoryLimit: 1000 });
          let told = false;
          await spooled.save(${JSON.stringify(join(folder, 'out.mp4'))}, { onProgress: ({ frame }) => {
            if (frame < 30 || told) return;
            told = true;
            console.log('ready');
            ${ending === 'process.exit()' ? 'process.exit(3);' : ending.startsWith('an error') ? "setImmediate(() => { throw new Error('nobody catches this'); });" : 'const end = Date.now() + 400; while (Date.now() < end);'}
          } });
          await new Promise((r) => setTimeout(r, 20000));
        }
        void main();
      `,
      );
      const temporary = clips.file(`temporary-${ending.replace(/\W/g, '')}`);
      mkdirSync(temporary);
      const child = spawn(process.execPath, ['--import', 'tsx', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, TMPDIR: temporary },
      });
      const ended = new Promise<NodeJS.Signals | number | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
      await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
      const spools = () => readdirSync(temporary).filter((name) => name.startsWith('frameloom-video-'));
      if (ending.startsWith('SIG')) {
        assert.ok(spools().length > 0, 'there is something to take along');
        child.kill(ending as NodeJS.Signals);
      }
      const how = await ended;
      assert.equal(how, ending.startsWith('SIG') ? ending : ending === 'process.exit()' ? 3 : 1);
      await until('no child is left', () => (running(folder) ?? []).length === 0);
      await until('no unfinished file is left', () => readdirSync(folder).join() === 'save.ts');
      assert.deepEqual(spools(), []);
    });
  }
});
