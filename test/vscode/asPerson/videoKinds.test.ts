import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { numberIn, writeNumberedClip } from '../../unit/webview/rig/numberedClip.js';
import { VsCodeServer } from '../rig/server.js';
import { Window } from '../rig/window.js';
import { freshWorkspace } from '../rig/workspace.js';

/** A kind of file, and what the panel must say of it. */
interface Kind {
  readonly codec: readonly string[];
  readonly sound?: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  /** What VS Code cannot play in it. */
  readonly why?: RegExp;
}

const h264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
const kinds: Readonly<Record<string, Kind>> = {
  'one.mp4': {
    codec: h264,
    sound: ['-c:a', 'aac'],
    facts: { Codec: 'H.264, yuv420p', Container: 'MP4', Sound: 'AAC, mono, 44.1 kHz' },
    why: /does not play AAC sound/,
  },
  'two.m4v': { codec: [...h264, '-f', 'mp4'], facts: { Codec: 'H.264, yuv420p', Container: 'MP4', Sound: 'none' } },
  'three.mov': {
    codec: ['-c:v', 'prores_ks', '-pix_fmt', 'yuv422p10le'],
    sound: ['-c:a', 'pcm_s16le'],
    facts: { Codec: 'ProRes, yuv422p10le', Container: 'QuickTime', Sound: 'PCM, mono, 44.1 kHz' },
    why: /does not play ProRes and PCM sound/,
  },
  'four.webm': {
    codec: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M', '-pix_fmt', 'yuv420p'],
    sound: ['-c:a', 'libopus'],
    facts: { Codec: 'VP9, yuv420p', Container: 'WebM', Sound: 'Opus, mono, 48 kHz' },
  },
  'five.mkv': {
    codec: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=0'],
    facts: { Codec: 'H.265, yuv420p', Container: 'Matroska', Sound: 'none' },
    why: /does not play H\.265/,
  },
  'six.avi': {
    codec: ['-c:v', 'mpeg4', '-q:v', '2'],
    sound: ['-c:a', 'pcm_s16le'],
    facts: { Codec: 'MPEG-4 Part 2, yuv420p', Container: 'AVI', Sound: 'PCM, mono, 44.1 kHz' },
    why: /does not play AVI files and MPEG-4 Part 2/,
  },
  'seven.gif': {
    codec: ['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse'],
    facts: { Codec: 'GIF, bgra, transparent', Container: 'GIF', Sound: 'none' },
    why: /does not play GIF files/,
  },
};

describe('The video preview as the default editor, with every kind of file', function () {
  this.timeout(300_000);
  let workspace: string;
  let server: VsCodeServer;
  let window: Window;

  before(async () => {
    workspace = freshWorkspace();
    for (const [name, { codec, sound }] of Object.entries(kinds))
      await writeNumberedClip({
        file: path.join(workspace, name),
        frames: 16,
        fps: 10,
        width: 160,
        height: 120,
        codec,
        ...(sound ? { sound } : {}),
      });
    server = await VsCodeServer.start({ settings: { 'frameloom.videoPreview.openByDefault': true } });
    window = await Window.open(server, workspace, { extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd() });
  });
  after(async () => {
    await window?.close();
    await server?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.picture(`failed-${this.currentTest.title}`);
  });

  /** The page of a preview; the one most to the right by default. */
  const page = (index = -1): FrameLocator =>
    window.page.locator('iframe.webview.ready').nth(index).contentFrame().locator('iframe#active-frame').contentFrame();
  const settings = (): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(server.dataFolder, 'data', 'User', 'settings.json'), 'utf8')) as Record<string, unknown>;
  async function shows(frame: number, index = -1): Promise<void> {
    const read = async (): Promise<number> => numberIn(await page(index).locator('.surface').screenshot());
    for (let attempt = 0; attempt < 60 && (await read()) !== frame; attempt++) await window.page.waitForTimeout(100);
    assert.equal(await read(), frame);
  }
  async function clickFile(name: string): Promise<void> {
    await window.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).click();
    await window.page.locator('.tab.active', { hasText: name }).waitFor();
  }
  /** VS Code takes a moment to read the associations that were written: until then a click opens what it did before. */
  async function untilOpens(name: string, editor: 'Frameloom Video Preview' | 'Video Preview'): Promise<void> {
    const opened = window.page.locator('.editor-group-container').getByText(editor, { exact: true });
    for (let attempt = 0; attempt < 10; attempt++) {
      await clickFile(name);
      if (
        await opened.waitFor({ timeout: 4000 }).then(
          () => true,
          () => false,
        )
      )
        return;
      await window.command('View: Close All Editors');
    }
    assert.fail(`a click does not open ${name} in ${editor}`);
  }
  /** Waits until the associations that VS Code opens files by are there, or gone. */
  async function untilDefault(wanted: boolean): Promise<void> {
    const now = (): boolean => JSON.stringify(settings()['workbench.editorAssociations'] ?? {}).includes('frameloom.videoPreview');
    for (let attempt = 0; attempt < 150 && now() !== wanted; attempt++) await window.page.waitForTimeout(200);
    assert.equal(now(), wanted);
  }

  it('opens each by a click in the explorer, with its picture and its facts', async () => {
    await untilDefault(true);
    await untilOpens('rocket.mp4', 'Frameloom Video Preview');
    for (const [name, { facts, why }] of Object.entries(kinds)) {
      await clickFile(name);
      await page().locator('.inspector', { hasText: name }).waitFor({ timeout: 60_000 });
      await page().locator('.player[data-ready]').waitFor({ timeout: 60_000 });
      await page().locator('.player').focus();
      await window.page.keyboard.press('Shift+ArrowRight');
      await shows(10);
      const panel = page().locator('.inspector');
      const said = Object.fromEntries(
        await panel
          .locator('.rows')
          .nth(1)
          .evaluate((list) => {
            const texts = [...list.children].map(({ textContent }) => textContent ?? '');
            return texts.flatMap((text, at) => (at % 2 === 0 ? [[text, texts[at + 1] ?? '']] : []));
          }),
      );
      const { Size: size, ...rest } = said;
      assert.match(size ?? '', /^[\d.]+ k?B$/);
      assert.deepEqual(rest, { File: name, Picture: '160 × 120', Rate: '10 fps', Frames: '16', Duration: '1.6 s', ...facts });
      const text = await panel.innerText();
      if (why) assert.match(text, why);
      else assert.doesNotMatch(text, /version made for playing/);
      await window.picture(`video-kind-${path.extname(name).slice(1)}`);
    }
  });

  it('shows one file in two editors, each with its own place, and reloads both when it changes', async () => {
    await clickFile('two.m4v');
    await page().locator('.player[data-ready]').waitFor({ timeout: 60_000 });
    await window.command('View: Split Editor Right');
    await window.page.locator('iframe.webview.ready').nth(1).waitFor({ timeout: 30_000 });
    for (const index of [0, 1]) await page(index).locator('.player[data-ready]').waitFor({ timeout: 60_000 });
    for (const [index, key, frame] of [
      [0, 'ArrowRight', 1],
      [1, 'End', 15],
    ] as const) {
      await page(index).locator('.player').focus();
      await window.page.keyboard.press('Home');
      await window.page.keyboard.press(key);
      await shows(frame, index);
    }
    await shows(1, 0);
    await window.picture('video-two-editors');
    await writeNumberedClip({
      file: path.join(workspace, 'two.m4v'),
      frames: 20,
      fps: 10,
      width: 160,
      height: 120,
      tint: [30, 140, 60],
      codec: [...h264, '-f', 'mp4'],
    });
    for (const [index, frame] of [
      [0, 1],
      [1, 15],
    ] as const) {
      await page(index).locator('.counter', { hasText: '/ 20' }).waitFor({ timeout: 30_000 });
      await page(index).locator('.player[data-ready]').waitFor({ timeout: 30_000 });
      await shows(frame, index);
    }
    await window.command('View: Close All Editors');
  });

  it('stops being the default when the setting is taken back, and is it again when it is set', async () => {
    for (const [wanted, file] of [
      [false, 'red-car.mp4'],
      [true, 'four.webm'],
    ] as const) {
      // Anew each time: untilOpens closes all editors where it has to try again.
      await window.command('Preferences: Open Settings (UI)');
      const search = window.page.locator('.settings-editor .search-container .monaco-editor');
      await search.click();
      await window.page.keyboard.press('Control+A');
      await window.page.keyboard.type('@id:frameloom.videoPreview.openByDefault');
      await window.page.locator('.settings-editor', { hasText: '1 Setting Found' }).waitFor({ timeout: 15_000 });
      await window.page.locator('.settings-editor .setting-item-bool .setting-value-checkbox').first().click();
      await untilDefault(wanted);
      await untilOpens(file, wanted ? 'Frameloom Video Preview' : 'Video Preview');
      await page()
        .locator(wanted ? '.player[data-ready]' : 'video')
        .first()
        .waitFor({ state: 'attached', timeout: 30_000 });
      assert.equal(await page().locator('.inspector').count(), wanted ? 1 : 0);
    }
  });
});
