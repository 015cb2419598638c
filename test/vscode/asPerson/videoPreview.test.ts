import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { numberIn, writeNumberedClip } from '../../unit/webview/rig/numberedClip.js';
import { VsCodeServer } from '../rig/server.js';
import { Window } from '../rig/window.js';
import { freshWorkspace } from '../rig/workspace.js';

const evilName = 'a <img src=x onerror=alert(1)> b.mp4';

describe('The video preview, as a person uses it', function () {
  this.timeout(240_000);
  let workspace: string;
  let server: VsCodeServer;
  let window: Window;

  before(async () => {
    workspace = freshWorkspace();
    await writeNumberedClip({ file: path.join(workspace, evilName), frames: 16, fps: 8, width: 128, height: 96 });
    await writeNumberedClip({
      file: path.join(workspace, 'h265.mp4'),
      frames: 16,
      fps: 8,
      width: 128,
      height: 96,
      tint: [180, 60, 60],
      codec: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=0'],
      sound: ['-c:a', 'aac'],
    });
    server = await VsCodeServer.start();
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

  /** The page of the one preview that is open. */
  const page = (): FrameLocator => window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  const ready = (): Promise<void> => page().locator('.player[data-ready]').waitFor({ timeout: 60_000 });
  async function shows(frame: number, index = 0): Promise<void> {
    const read = async (): Promise<number> => numberIn(await page().locator('.picture').nth(index).screenshot());
    for (let attempt = 0; attempt < 60 && (await read()) !== frame; attempt++) await window.page.waitForTimeout(100);
    assert.equal(await read(), frame);
  }
  async function openPreview(name: string): Promise<void> {
    await window.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).click();
    await window.page.locator('.tab.active', { hasText: name }).waitFor();
    await window.page.waitForTimeout(1500);
    await window.command('Frameloom: Open Video Preview');
    await window.page.locator('.tab.active', { hasText: name }).waitFor();
    await window.page.waitForTimeout(1500);
    // VS Code's own preview of the file is a webview too.
    await window.command('View: Close Other Editors in Group');
    await ready();
  }

  it('opens a clip whose name is markup, and steps in it with the keyboard', async () => {
    await openPreview(evilName);
    await page().locator('.player').focus();
    await shows(0);
    for (const [key, frame] of [
      ['ArrowRight', 1],
      ['Shift+ArrowRight', 11],
      ['ArrowLeft', 10],
    ] as const) {
      await window.page.keyboard.press(key);
      await shows(frame);
    }
    assert.ok((await page().locator('.inspector').innerText()).includes(evilName));
    assert.equal(await page().locator('img').count(), 0);
  });

  it('looks right in light, dark and high contrast', async () => {
    for (const [theme, kind] of [
      ['light', 'vscode-light'],
      ['dark', 'vscode-dark'],
      ['hc', 'vscode-high-contrast'],
    ] as const) {
      await window.theme(server, theme);
      await page().locator(`body.${kind}`).waitFor({ state: 'attached', timeout: 20_000 });
      await window.picture(`video-preview-${theme}`);
    }
  });

  it('reloads when the file changes, and keeps its place', async () => {
    await writeNumberedClip({ file: path.join(workspace, evilName), frames: 20, fps: 8, width: 128, height: 96, tint: [30, 140, 60] });
    await page().locator('.counter', { hasText: '/ 20' }).waitFor({ timeout: 20_000 });
    await ready();
    await shows(10);
  });

  it('makes a notebook of the clip and its range', async () => {
    await page().locator('.player').focus();
    for (const key of ['Home', 'Shift+ArrowRight', 'i', 'End', 'ArrowLeft', 'o']) await window.page.keyboard.press(key);
    await page().getByRole('button', { name: 'Edit in a notebook' }).click();
    const cells = window.page.locator('.notebookOverlay .cell-list-container');
    await cells.getByText('Video.open(').first().waitFor({ timeout: 30_000 });
    const text = (await cells.innerText()).replace(/[\u00a0\s]+/g, ' ');
    assert.ok(text.includes('start: 1.25, end: 2.375'), text);
    assert.ok(text.includes(JSON.stringify(path.join(workspace, evilName))), text);
    await window.picture('video-preview-notebook');
    await window.command('View: Revert and Close Editor');
  });

  it('plays what VS Code cannot, through a version that it keeps', async () => {
    await openPreview('h265.mp4');
    await page().locator('.player').focus();
    await window.page.keyboard.press('Shift+ArrowRight');
    await shows(10);
    assert.match(await page().locator('.inspector').innerText(), /does not play H\.265 and AAC sound/);
    const kept = readdirSync(path.join(server.dataFolder, 'data', 'User', 'globalStorage', 'frameloom.frameloom', 'video-proxies'));
    assert.deepEqual(
      kept.map((name) => path.extname(name)),
      ['.mp4'],
    );
  });

  it('compares with a second clip, both on the same frame', async () => {
    await page().getByRole('button', { name: 'Compare with…' }).click();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: evilName }).click();
    await page().locator('.player[data-ready] .pane:nth-child(2) video').waitFor({ timeout: 30_000 });
    await page().locator('.player').focus();
    await window.page.keyboard.press('ArrowRight');
    await shows(11, 0);
    await shows(11, 1);
    await window.picture('video-preview-compare');
    await page().getByRole('button', { name: 'Stop comparing' }).click();
    await page().locator('.pane:nth-child(2)').waitFor({ state: 'detached' });
  });
});
