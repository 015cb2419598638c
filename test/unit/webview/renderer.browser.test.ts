import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { PREVIEW_MIME, RUN_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { ClipPayload, PreviewPayload, TensorPayload, TreePayload, VideoPayload } from '../../../src/shared/outputs/index.js';
import type { FromRenderer, ToRenderer } from '../../../src/shared/rendererMessages.js';
import { JpegSplitter } from '../../../src/extension/videoPreview/jpegSplitter.js';
import { ffmpeg, numberIn, writeNumberedClip } from './rig/numberedClip.js';
import { rendererPage } from './rig/rendererPage.js';
import { openSite } from './rig/site.js';
import type { Site } from './rig/site.js';
import type { ThemeName } from './rig/themes.js';

const name = 'result <img src=x onerror=alert(1)>.mp4';
const clip: ClipPayload = { path: `story.frameloom/${name}`, width: 128, height: 128, fps: 8, frames: 16, duration: 2 };
const source: ClipPayload = { ...clip, path: 'story.frameloom/source.mp4' };

describe('notebook renderer in a browser', function () {
  this.timeout(120_000);
  let site: Site;
  let sheet: `data:image/png;base64,${string}`;

  before(async () => {
    site = await openSite();
    await writeNumberedClip({ file: path.join(site.folder, clip.path ?? ''), frames: 16, fps: 8, width: 128, height: 128 });
    await writeNumberedClip({
      file: path.join(site.folder, source.path ?? ''),
      frames: 16,
      fps: 8,
      width: 128,
      height: 128,
      tint: [180, 60, 60],
    });
    const png = await ffmpeg([
      '-i',
      path.join(site.folder, source.path ?? ''),
      '-vf',
      'scale=32:32:flags=neighbor,tile=16x1',
      '-frames:v',
      '1',
      '-f',
      'image2pipe',
      '-c:v',
      'png',
      'pipe:1',
    ]);
    sheet = `data:image/png;base64,${png.toString('base64')}`;
  });
  after(() => site.close());

  async function open(theme: ThemeName = 'light', connected = true, width = 900): Promise<Page> {
    site.server.page('page', rendererPage(theme, connected));
    const page = await site.browser.newPage({ viewport: { width, height: 800 } });
    await page.goto(`${site.server.address}/page`);
    await page.waitForFunction('window.loaded');
    return page;
  }
  const show = (page: Page, id: string, mime: string, payload: unknown): Promise<unknown> =>
    page.evaluate(`window.show(${JSON.stringify(id)}, ${JSON.stringify(mime)}, JSON.parse(${JSON.stringify(JSON.stringify(payload))}))`);
  /** As VS Code hands it over: as JSON. */
  const tell = (page: Page, message: ToRenderer): Promise<unknown> => page.evaluate(`window.tell(${JSON.stringify(message)})`);
  const sent = async (page: Page): Promise<FromRenderer[]> => (await page.evaluate('window.sent')) as FromRenderer[];
  const numbers = async (page: Page): Promise<number[]> =>
    Promise.all((await page.locator('.pane:not([hidden]) .picture').all()).map(async (picture) => numberIn(await picture.screenshot())));
  async function frames(page: Page, expected: readonly number[]): Promise<void> {
    // A picture is on the screen a moment after it was asked for.
    for (let attempt = 0; attempt < 40; attempt++) {
      if (JSON.stringify(await numbers(page)) === JSON.stringify(expected)) return;
      await page.waitForTimeout(50);
    }
    assert.deepEqual(await numbers(page), expected);
  }
  async function openVideo(payload: VideoPayload): Promise<Page> {
    const page = await open();
    await show(page, 'video', VIDEO_MIME, payload);
    await page.waitForSelector('.player[data-ready]');
    await page.focus('.player');
    return page;
  }

  it('draws every kind of output that version 0.1 saved, also without its side folder', async () => {
    const page = await open();
    const saved = JSON.parse(await readFile(path.join(__dirname, 'saved', 'outputs-0.1.json'), 'utf8')) as {
      mime: string;
      payload: unknown;
    }[];
    assert.deepEqual(new Set(saved.map(({ mime }) => mime)), new Set([PREVIEW_MIME, RUN_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME]));
    for (const [index, { mime, payload }] of saved.entries()) {
      await show(page, `saved${index}`, mime, payload);
      const drawn = (await page.evaluate(
        `document.getElementById('saved${index}').querySelector('.frameloom-output')?.shadowRoot.lastElementChild.className ?? document.getElementById('saved${index}').textContent`,
      )) as string;
      assert.match(drawn, /-output$|^player/, mime);
    }
    await page.close();
  });

  it('answers at once with a sentence where a stranger’s output would freeze the page, and goes on drawing', async () => {
    const page = await open();
    const preview = (more: object) => ({
      type: 'preview',
      runId: 'r',
      state: 'done',
      step: 1,
      steps: 4,
      sheet: { picture: sheet, columns: 16, count: 16, frameWidth: 32, frameHeight: 32, ...more },
    });
    const leaf = { kind: 'leaf', valueType: 'number', text: '1' };
    const branch = (entries: unknown[]) => ({ kind: 'branch', valueType: 'array', name: 'Array', size: entries.length, entries });
    let deep: unknown = leaf;
    for (let level = 0; level < 1000; level++) deep = branch([{ key: '0', value: deep }]);
    const hostile: [string, unknown][] = [
      [PREVIEW_MIME, preview({ frameWidth: 1e-9 })],
      [PREVIEW_MIME, preview({ count: 512, frameWidth: 8192, frameHeight: 8192 })],
      [TREE_MIME, { type: 'tree', root: branch(Array.from({ length: 200_000 }, (_, i) => ({ key: String(i), value: leaf }))) }],
      [TREE_MIME, { type: 'tree', root: deep }],
      [
        VIDEO_MIME,
        {
          ...clip,
          type: 'video',
          strip: { picture: sheet, columns: 1, tileWidth: 8192, tileHeight: 8192, frames: Array.from({ length: 512 }, (_, i) => i) },
        },
      ],
      [
        TENSOR_MIME,
        {
          type: 'tensor',
          elementType: 'float32',
          dims: [2],
          stats: { min: 0, max: 1, mean: 0, std: 1 },
          pictures: [{ label: '', picture: sheet, width: 1e-9, height: 8 }],
        },
      ],
    ];
    for (const [index, [mime, payload]] of hostile.entries()) {
      await show(page, `hostile${index}`, mime, payload);
      await page.locator('pre', { hasText: 'This output cannot be shown' }).nth(index).waitFor({ timeout: 5000 });
    }
    // What is at the limits is drawn.
    await show(page, 'thread', PREVIEW_MIME, preview({ frameWidth: 1, frameHeight: 8192, count: 1 }));
    await show(page, 'tree', TREE_MIME, {
      type: 'tree',
      root: branch(Array.from({ length: 4096 }, (_, i) => ({ key: String(i), value: leaf }))),
    });
    await page.getByText('4095').waitFor({ timeout: 20_000 });
    await page.close();
  });

  it('steps frame by frame, both clips together, and shows exactly the frame it names', async () => {
    const page = await openVideo({ type: 'video', ...clip, source });
    await frames(page, [0, 0]);
    for (const [key, frame] of [
      ['ArrowRight', 1],
      ['.', 2],
      ['Shift+ArrowRight', 12],
      [',', 11],
      ['End', 15],
      ['ArrowRight', 15],
      ['Home', 0],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await page.getAttribute('.player', 'data-frame'), String(frame));
      await frames(page, [frame, frame]);
    }
    assert.match(await page.locator('.counter').innerText(), /^1 \/ 16$/);
    await page.close();
  });

  it('shows every frame of a clip at an odd rate in WebM, whose times are rounded', async () => {
    await writeNumberedClip({
      file: path.join(site.folder, 'story.frameloom/odd.webm'),
      frames: 24,
      fps: 23.976,
      width: 64,
      height: 64,
      codec: ['-c:v', 'libvpx', '-b:v', '2M', '-deadline', 'realtime', '-cpu-used', '8'],
    });
    const page = await openVideo({
      type: 'video',
      ...clip,
      path: 'story.frameloom/odd.webm',
      width: 64,
      height: 64,
      fps: 23.976,
      frames: 24,
      duration: 1.001,
    });
    for (let frame = 0; frame < 24; frame++) {
      await frames(page, [frame]);
      await page.keyboard.press('ArrowRight');
    }
    await page.close();
  });

  it('plays between in and out points and loops', async () => {
    const page = await openVideo({ type: 'video', ...clip });
    for (const key of ['ArrowRight', 'ArrowRight', 'i', 'ArrowRight', 'ArrowRight', 'o', ']']) await page.keyboard.press(key);
    await page.evaluate(
      `window.seen = []; new MutationObserver(() => window.seen.push(Number(${player}.dataset.frame))).observe(${player}, { attributeFilter: ['data-frame'] })`,
    );
    await page.keyboard.press(' ');
    await page.waitForTimeout(1500);
    await page.keyboard.press('k');
    const seen = (await page.evaluate('window.seen')) as number[];
    assert.deepEqual([...new Set(seen)].sort(), [2, 3, 4]);
    assert.ok(seen.filter((frame, index) => frame === 2 && seen[index - 1] === 4).length >= 2, `it looped: ${seen.join()}`);
    assert.equal(await page.getAttribute('.player', 'data-direction'), '0');
    await page.close();
  });

  it('plays backward and stops at the first frame without a loop', async () => {
    const page = await openVideo({ type: 'video', ...clip });
    for (const key of ['r', 'End', 'j']) await page.keyboard.press(key);
    await page.waitForFunction(`${player}.dataset.frame === '0' && ${player}.dataset.direction === '0'`, undefined, { timeout: 8000 });
    await frames(page, [0]);
    await page.close();
  });

  it('scrubs on the timeline and wipes between two clips', async () => {
    const page = await openVideo({ type: 'video', ...clip, source });
    const track = await page.locator('.track').boundingBox();
    assert.ok(track);
    await page.mouse.move(track.x + track.width * 0.1, track.y + 8);
    await page.mouse.down();
    await page.mouse.move(track.x + track.width * 0.66, track.y + 8, { steps: 12 });
    await page.mouse.up();
    await frames(page, [10, 10]);
    await page.keyboard.press('c');
    assert.equal(await page.getAttribute('.stage', 'data-view'), 'wipe');
    const tint = async (): Promise<string> => {
      const picture = await page.locator('.picture').first().screenshot();
      const rgb = await ffmpeg(
        ['-f', 'png_pipe', '-i', 'pipe:0', '-vf', 'scale=2:2:flags=neighbor', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
        [picture],
      );
      return [rgb.subarray(6, 9), rgb.subarray(9, 12)].map((pixel) => ((pixel[0] ?? 0) > (pixel[2] ?? 0) ? 'source' : 'result')).join();
    };
    assert.equal(await tint(), 'source,result');
    await page.keyboard.press('s');
    assert.equal(await tint(), 'result,source');
    await page.close();
  });

  it('keeps controls off the picture and the picture crisp, at every width', async () => {
    for (const width of [320, 520, 900]) {
      const page = await open('dark', true, width);
      await show(page, 'video', VIDEO_MIME, { type: 'video', ...clip, source });
      await page.waitForSelector('.player[data-ready]');
      const pictures = await Promise.all((await page.locator('.picture').all()).map((picture) => picture.boundingBox()));
      const controls = await page.locator('.controls').boundingBox();
      for (const picture of pictures) {
        assert.ok(picture && controls && picture.y + picture.height <= controls.y, 'controls stand below');
        assert.ok(picture.x >= 0 && picture.x + picture.width <= width, 'nothing is cut off');
      }
      assert.ok(!(await page.evaluate('document.documentElement.scrollWidth > innerWidth')), `no sideways scrolling at ${width}`);
      if (width === 900) assert.equal(await page.locator('.picture.crisp').count(), 2);
      await page.close();
    }
  });

  it('treats names and prompts as text', async () => {
    const page = await open();
    let alerted = false;
    page.on('dialog', (dialog) => ((alerted = true), void dialog.dismiss()));
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    await show(page, 'video', VIDEO_MIME, {
      type: 'video',
      ...clip,
      title: evil,
      provenance: { kind: 'edited', model: evil, prompt: evil, seed: 1, settings: { [evil]: evil } },
      source: { ...source, title: evil },
    });
    await show(page, 'tree', TREE_MIME, { type: 'tree', root: { kind: 'leaf', valueType: 'string', text: evil } } satisfies TreePayload);
    await show(page, 'broken', VIDEO_MIME, { type: 'video', ...clip, path: evil + '/../x' });
    await show(page, 'foreign', 'text/html', evil);
    await page.waitForSelector('.player[data-ready]');
    await frames(page, [0, 0]);
    assert.equal(await page.locator('img, script[src*=x]').count(), 0);
    assert.equal(await page.locator('q').innerText(), evil);
    assert.match(await page.locator('#broken').innerText(), /cannot be shown: output\.path/);
    assert.ok(!alerted);
    await page.close();
  });

  it('keeps players off the screen cold', async () => {
    const page = await open();
    for (let index = 0; index < 12; index++) await show(page, `video${index}`, VIDEO_MIME, { type: 'video', ...clip });
    await page.waitForSelector('.player[data-ready]');
    await page.waitForTimeout(500);
    const awake = await page.locator('.player[data-ready]').count();
    assert.ok(awake >= 1 && awake <= 4, `${awake} of 12 players hold a video`);
    await page.locator('.player').last().scrollIntoViewIfNeeded();
    await page.waitForFunction(`document.getElementById('video11').firstChild.shadowRoot.querySelector('.player[data-ready]')`);
    await page.waitForFunction(`!document.getElementById('video0').firstChild.shadowRoot.querySelector('.player[data-ready]')`, undefined, {
      timeout: 10_000,
    });
    await page.close();
  });

  it('never shows an empty timeline while its width changes, as it does with a theme', async () => {
    // Without stored pictures they are sought in the clip one by one, which takes a while.
    const page = await openVideo({ type: 'video', ...clip });
    const canvas = "document.getElementById('video').firstChild.shadowRoot.querySelector('canvas.thumbs')";
    const opaque = `(() => { const c = ${canvas}; const { data } = c.getContext('2d').getImageData(0, c.height >> 1, c.width, 1); return data.filter((v, i) => i % 4 === 3 && v > 0).length / c.width; })()`;
    await page.waitForFunction(`${opaque} === 1`);
    const before = await page.evaluate(`${canvas}.width`);
    // Looked at in every frame that the browser draws, until long after the timeline has its new size.
    const shares = page.evaluate(
      `new Promise((resolve) => { const seen = []; const end = performance.now() + 900; const look = () => { seen.push(${opaque}); performance.now() < end ? requestAnimationFrame(look) : resolve(seen); }; look(); })`,
    );
    await page.setViewportSize({ width: 640, height: 800 });
    assert.ok(Math.min(...((await shares) as number[])) > 0.95);
    assert.notEqual(await page.evaluate(`${canvas}.width`), before);
    await page.close();
  });

  it('asks the controller for a file it cannot find, and plays what comes', async () => {
    const page = await open();
    await show(page, 'video', VIDEO_MIME, { type: 'video', ...clip, path: 'elsewhere.frameloom/result.mp4' });
    await page.waitForFunction('window.sent.length > 0');
    const [question] = await sent(page);
    assert.ok(question?.type === 'resolveVideo' && question.path === 'elsewhere.frameloom/result.mp4');
    assert.deepEqual([question.problem, question.playsH264], ['missing', true]);
    const bytes = await readFile(path.join(site.folder, source.path ?? ''));
    for (const half of [bytes.subarray(0, 3000), bytes.subarray(3000)])
      await tell(page, { type: 'videoPart', requestId: question.requestId, data: half.toString('base64') });
    await tell(page, { type: 'videoResolved', requestId: question.requestId, answer: { kind: 'file', mime: 'video/mp4', offset: 0 } });
    await page.waitForSelector('.player[data-ready]');
    await page.focus('.player');
    await page.keyboard.press('End');
    await frames(page, [15]);
    await page.close();
  });

  it('plays frames as pictures where the video cannot be played', async () => {
    const page = await open();
    await ffmpeg(['-f', 'lavfi', '-i', 'color=s=64x64:d=1', '-c:v', 'prores', path.join(site.folder, 'story.frameloom/prores.mov')]);
    await show(page, 'video', VIDEO_MIME, { type: 'video', ...clip, path: 'story.frameloom/prores.mov' });
    await page.waitForFunction('window.sent.length > 0');
    const [question] = await sent(page);
    assert.ok(question?.type === 'resolveVideo' && question.problem === 'picture');
    await tell(page, { type: 'videoPreparing', requestId: question.requestId, why: 'VS Code does not play ProRes', fraction: 0.4 });
    assert.match(await page.locator('.player-note').innerText(), /^VS Code does not play ProRes\. Preparing .* 40 %$/);
    const pictures: Buffer[] = [];
    const splitter = new JpegSplitter((picture) => pictures.push(Buffer.from(picture)));
    splitter.take(
      await ffmpeg([
        '-i',
        path.join(site.folder, source.path ?? ''),
        '-vf',
        "select='not(mod(n,2))'",
        '-vsync',
        '0',
        '-c:v',
        'mjpeg',
        '-q:v',
        '3',
        '-f',
        'image2pipe',
        'pipe:1',
      ]),
    );
    for (const picture of pictures)
      await tell(page, { type: 'videoPart', requestId: question.requestId, data: picture.toString('base64') });
    await tell(page, {
      type: 'videoResolved',
      requestId: question.requestId,
      answer: {
        kind: 'frames',
        sizes: pictures.map(({ length }) => length),
        frames: pictures.map((_, index) => index * 2),
        note: 'Only every 2nd frame is shown.',
      },
    });
    await page.waitForSelector('.player[data-ready]');
    assert.equal(await page.locator('.player-note').innerText(), 'Only every 2nd frame is shown.');
    await page.focus('.player');
    await page.keyboard.press('Shift+ArrowRight');
    await frames(page, [10]);
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getAttribute('.player', 'data-frame'), '11');
    await frames(page, [10]);
    await page.keyboard.press(' ');
    await page.waitForFunction(`Number(${player}.dataset.frame) >= 13`);
    await page.close();
  });

  it('drops its question when the output goes out of sight', async () => {
    const page = await open();
    await show(page, 'video', VIDEO_MIME, { type: 'video', ...clip, path: 'elsewhere.frameloom/result.mp4' });
    await page.waitForFunction('window.sent.length > 0');
    await page.evaluate(`window.discard('video')`);
    assert.deepEqual(
      (await sent(page)).map(({ type }) => type),
      ['resolveVideo', 'dropVideo'],
    );
    await page.close();
  });

  it('shows the stored pictures, and says how to get the video, when nobody answers', async () => {
    const page = await open('light', false);
    await show(page, 'video', VIDEO_MIME, {
      type: 'video',
      ...clip,
      path: 'gone.frameloom/result.mp4',
      poster: sheet,
      strip: { picture: sheet, columns: 16, tileWidth: 32, tileHeight: 32, frames: Array.from({ length: 16 }, (_, frame) => frame) },
    });
    await page.waitForSelector('.player[data-ready]');
    assert.match(
      await page.locator('.player-note').innerText(),
      /Keep the folder gone\.frameloom next to the \.ipynb file.*small pictures/s,
    );
    await page.focus('.player');
    await page.keyboard.press('End');
    await frames(page, [15]);
    await page.close();
  });

  it('draws a live preview over itself and interrupts the run', async () => {
    const page = await open();
    const preview: PreviewPayload = { type: 'preview', runId: 'run 1', state: 'running', step: 0, steps: 4 };
    await show(page, 'run', PREVIEW_MIME, preview);
    const canvas = await page.waitForSelector('canvas.frame-grid');
    await page.evaluate(`window.canvas = document.getElementById('run').firstChild.shadowRoot.querySelector('canvas')`);
    for (const step of [1, 2]) {
      await page.evaluate(
        `window.tell({ type: 'previewPixels', runId: 'run 1', step: ${step}, steps: 4, sigma: 1.5, secondsLeft: 3, count: 4, frameWidth: 16, frameHeight: 16, data: '${Buffer.alloc(4 * 16 * 16 * 3, step * 100).toString('base64')}' })`,
      );
      assert.match(await page.locator('.run-numbers').innerText(), new RegExp(`step ${step} of 4 · σ 1.50 · 3 s left`));
    }
    assert.equal(
      (await ffmpeg(['-f', 'png_pipe', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], [await canvas.screenshot()]))[500],
      200,
    );
    await show(page, 'run', PREVIEW_MIME, {
      ...preview,
      step: 2,
      sheet: { picture: sheet, columns: 16, count: 16, frameWidth: 32, frameHeight: 32 },
    });
    assert.ok(
      await page.evaluate(`window.canvas === document.getElementById('run').firstChild.shadowRoot.querySelector('canvas')`),
      'the canvas is the same one',
    );
    await page.getByRole('button', { name: 'Interrupt' }).click();
    assert.deepEqual(await sent(page), [{ type: 'interruptRun', runId: 'run 1' }]);
    await show(page, 'run', PREVIEW_MIME, { ...preview, state: 'interrupted', step: 3 });
    assert.match(await page.locator('.run-numbers').innerText(), /interrupted after step 3 of 4/);
    assert.equal(await page.getByRole('button', { name: 'Interrupt' }).count(), 0);
    await page.close();
  });

  const position = (page: Page): Promise<number> =>
    page.locator('progress').evaluate((bar) => (bar as unknown as { position: number }).position);
  const height = async (page: Page): Promise<number> => (await page.locator('.preview-output').boundingBox())!.height;

  it('says what is done before the first step, and leaves a line of a run that others followed', async () => {
    const page = await open();
    const preview: PreviewPayload = {
      type: 'preview',
      runId: 'run 2',
      state: 'running',
      stage: 'reading the clip: frame 1 of 4',
      step: 0,
      steps: 0,
    };
    await show(page, 'run', PREVIEW_MIME, preview);
    assert.equal(await page.locator('.run-title').innerText(), 'Reading the clip: frame 1 of 4');
    assert.equal(await position(page), -1, 'nobody knows for how long');
    await tell(page, {
      type: 'previewPixels',
      runId: 'run 2',
      stage: 'inverting the source: 2 of 8',
      fraction: 0.25,
      step: 0,
      steps: 0,
      count: 4,
      frameWidth: 16,
      frameHeight: 16,
      data: Buffer.alloc(4 * 16 * 16 * 3, 100).toString('base64'),
    });
    assert.equal(await page.locator('.run-title').innerText(), 'Inverting the source: 2 of 8');
    assert.equal(await position(page), 0.25);
    assert.equal(await page.locator('.run-numbers').innerText(), '');
    const tall = await height(page);
    await show(page, 'run', PREVIEW_MIME, {
      type: 'preview',
      runId: 'run 2',
      state: 'done',
      folded: true,
      step: 8,
      steps: 8,
      secondsSpent: 4,
      sheet: { picture: sheet, columns: 16, count: 16, frameWidth: 32, frameHeight: 32 },
    });
    assert.equal(await page.locator('.run-numbers').innerText(), '8 steps in 4 s');
    assert.equal(await page.locator('canvas.frame-grid').isVisible(), false);
    assert.ok((await height(page)) < Math.min(40, tall));
    await page.getByRole('button', { name: 'Frames', exact: true }).click();
    assert.equal(await page.locator('canvas.frame-grid').isVisible(), true);
    await page.close();
  });

  it('opens trees with the keyboard and shows tensors in numbers and pictures', async () => {
    const page = await open('highContrast');
    const leaf = (text: string): TreePayload['root'] => ({ kind: 'leaf', valueType: 'number', text });
    await show(page, 'tree', TREE_MIME, {
      type: 'tree',
      root: {
        kind: 'branch',
        valueType: 'object',
        name: 'Object',
        size: 1,
        entries: [
          {
            key: 'list',
            value: { kind: 'branch', valueType: 'array', name: 'Array', size: 3, entries: [{ key: '0', value: leaf('7') }], omitted: 2 },
          },
        ],
      },
    } satisfies TreePayload);
    await page.locator('.row').first().focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    assert.match(await page.locator('.row:focus').innerText(), /0\s*:\s*7/);
    assert.match(await page.locator('.tree-output').innerText(), /… 2 more/);
    await show(page, 'tensor', TENSOR_MIME, {
      type: 'tensor',
      elementType: 'float32',
      dims: [16, 4],
      dimNames: ['frames', 'channels'],
      stats: { min: -3.91823, max: 4, mean: 0.00001, std: 1 },
      notFinite: 2,
      pictures: [{ label: 'channel 0', picture: sheet, width: 512, height: 32 }],
    } satisfies TensorPayload);
    const text = await page.locator('.tensor-output').innerText();
    for (const part of ['float32', 'frames', '-3.918', '1.00e-5', 'NaN or ∞', 'channel 0'])
      assert.ok(text.includes(part), `${part} in ${text}`);
    await page.close();
  });
});

const player = `document.querySelector('.frameloom-output').shadowRoot.querySelector('.player')`;
