import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { numberIn, writeNumberedClip } from '../../unit/webview/rig/numberedClip.js';
import { VsCodeServer } from '../rig/server.js';
import { Window } from '../rig/window.js';
import { freshWorkspace, writeNotebook } from '../rig/workspace.js';

const clips = {
  'prores.mov': ['-c:v', 'prores_ks'],
  'h265.mkv': ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=0'],
} as const;
const showing = (file: string): string =>
  `import { Video, show } from 'frameloom';\nawait show(await Video.open(${JSON.stringify(file)}));`;

describe('What outputs show while VS Code is open', function () {
  this.timeout(240_000);
  let workspace: string;
  let server: VsCodeServer;
  let window: Window;

  before(async () => {
    workspace = freshWorkspace();
    for (const [file, codec] of Object.entries(clips)) {
      await writeNumberedClip({
        file: path.join(workspace, file),
        frames: 16,
        fps: 8,
        width: 160,
        height: 120,
        codec,
        sound: ['-c:a', file.endsWith('.mov') ? 'pcm_s16le' : 'aac'],
      });
    }
    for (const name of ['played', 'pictured']) writeNotebook(workspace, `${name}.ipynb`, Object.keys(clips).map(showing));
    writeNotebook(workspace, 'run.ipynb', [
      `import { LatentDiffusionModel, Video } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4');
await model.editVideo(clip, 'a big green car moving right on a blue background', { seed: 42, numInferenceSteps: 40 });`,
    ]);
    server = await VsCodeServer.start();
    window = await Window.open(
      server,
      workspace,
      { extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd() },
      { width: 1280, height: 1500 },
    ); // high enough for two players
    await window.page.keyboard.press('Control+B'); // room for the notebook
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.picture(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
    await window.closeEditors();
  });
  after(async () => {
    await window?.close();
    await server?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });

  /** The page of the outputs of the one notebook that is open. */
  const outputs = (): FrameLocator => window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  const player = (index: number): Locator => outputs().locator('.player').nth(index);

  async function shows(index: number, frame: number): Promise<void> {
    const read = async (): Promise<number> => numberIn(await player(index).locator('.surface').screenshot());
    for (let attempt = 0; attempt < 60 && (await read()) !== frame; attempt++) await window.page.waitForTimeout(100);
    assert.equal(await read(), frame);
  }

  /** Runs a notebook of both clips and steps through them. @returns what stands below each picture, and the kind of its element. */
  async function playBoth(name: string): Promise<{ notes: string[]; elements: string[] }> {
    await window.openNotebook(`${name}.ipynb`);
    await window.runAll(2);
    const notes: string[] = [];
    const elements: string[] = [];
    for (const index of [0, 1]) {
      await player(index).and(outputs().locator('[data-ready]')).waitFor({ timeout: 60_000 });
      await shows(index, 0);
      await player(index).focus();
      for (const [key, frame] of [
        ['Shift+ArrowRight', 10],
        ['ArrowRight', 11],
        ['End', 15],
      ] as const) {
        await window.page.keyboard.press(key);
        await shows(index, frame);
      }
      notes.push(
        await player(index)
          .locator('.player-note')
          .innerText({ timeout: 500 })
          .catch(() => ''),
      );
      elements.push(
        await player(index)
          .locator('.surface')
          .evaluate((element) => element.nodeName),
      );
    }
    await window.picture(`outputs-${name}`);
    return { notes, elements };
  }

  it('plays clips that VS Code cannot play, ProRes and H.265, in a version that ffmpeg makes', async () => {
    const { notes, elements } = await playBoth('played');
    assert.deepEqual(elements, ['VIDEO', 'VIDEO']);
    assert.deepEqual(notes, ['', '']);
  });

  it('plays them as pictures where H.264 does not play either', async () => {
    // Chromium plays H.264 or not as it was built; here the outputs hear that theirs does not.
    await window.page.addInitScript(
      "const asked = HTMLMediaElement.prototype.canPlayType; HTMLMediaElement.prototype.canPlayType = function (type) { return type.includes('avc1') ? '' : asked.call(this, type); };",
    );
    const { notes, elements } = await playBoth('pictured');
    assert.deepEqual(elements, ['CANVAS', 'CANVAS']);
    for (const note of notes) assert.match(note, /^Shown without sound\. The video preview shows all of it\.$/);
  });

  it('draws the very pixels that a run sends by message, step after step', async () => {
    await window.openNotebook('run.ipynb');
    await window.press('Run All');
    await outputs().locator('canvas.frame-grid').waitFor({ timeout: 60_000 });
    await window.scrollDown();
    await window.inOutputs(watchPixels);
    const seen = async (): Promise<Seen[]> => (await window.inOutputs<Seen[]>('window.pixelsSeen')) ?? [];
    for (let attempt = 0; attempt < 300 && (await seen()).filter(({ drawn }) => drawn).length < 3; attempt++)
      await window.page.waitForTimeout(100);
    await window.picture('outputs-live');
    await window.press('Interrupt');
    await window.untilStatus(/Frameloom: idle/, 30_000);
    const all = await seen();
    assert.ok(all.length >= 3, `messages came: ${JSON.stringify(all)}`);
    assert.ok(
      all.every(({ drawn, shades }) => drawn && shades > 8),
      `each was drawn and was a picture: ${JSON.stringify(all)}`,
    );
    assert.ok(new Set(all.map(({ step }) => step)).size >= 3, JSON.stringify(all));
  });
});

/** What became of a message with pixels. */
interface Seen {
  readonly step: number;
  /** Whether the canvas then showed just these pixels: a sheet out of the document would be another step's, or JPEG. */
  readonly drawn: boolean;
  /** Different values among the pixels that were compared. */
  readonly shades: number;
}

/** Runs in the page of the outputs: compares the canvas with each message once the renderer has had it. */
const watchPixels = `
  window.pixelsSeen = [];
  addEventListener('message', ({ data }) => {
    const pixels = data?.message;
    // Before the first step it is the source that is shown, at whatever size fits.
    if (pixels?.type !== 'previewPixels' || pixels.step === 0) return;
    const rgb = atob(pixels.data);
    setTimeout(() => {
      const canvas = [...document.querySelectorAll('.frameloom-output')].map((output) => output.shadowRoot.querySelector('canvas.frame-grid')).find(Boolean);
      if (!canvas) return;
      const { width, height, data: shown } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const places = Array.from({ length: 64 }, (_, index) => ({ x: Math.floor(((index % 8) + 0.5) / 8 * pixels.frameWidth), y: Math.floor((Math.floor(index / 8) + 0.5) / 8 * pixels.frameHeight) }));
      const sent = ({ x, y }) => [0, 1, 2].map((channel) => rgb.charCodeAt((y * pixels.frameWidth + x) * 3 + channel));
      const drawn = ({ x, y }, scale) => Array.from(shown.slice((Math.floor((y + 0.5) * scale) * width + Math.floor((x + 0.5) * scale)) * 4).slice(0, 3));
      const same = [1, 2, 3, 4, 5, 6, 7, 8].some((scale) => scale * pixels.frameWidth <= width && scale * pixels.frameHeight <= height && places.every((place) => String(sent(place)) === String(drawn(place, scale))));
      window.pixelsSeen.push({ step: pixels.step, drawn: same, shades: new Set(places.map((place) => String(sent(place)))).size });
    });
  });
`;
