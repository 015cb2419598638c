import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { findFfmpeg } from '../../../src/pipeline/video/ffmpegBinaries.js';
import { probeFile } from '../../../src/extension/videoPreview/probeFile.js';
import { ProxyCache, stampOf } from '../../../src/extension/videoPreview/proxyCache.js';
import { ProxyMaker } from '../../../src/extension/videoPreview/proxyMaker.js';
import type { ProxyPlan } from '../../../src/extension/videoPreview/playability.js';
import { ffmpeg, numberIn, writeNumberedClip } from './rig/numberedClip.js';
import { openPreview, viewOf } from './rig/previewRig.js';
import type { PreviewRig } from './rig/previewRig.js';
import { openSite } from './rig/site.js';
import type { Site } from './rig/site.js';

/** Ten kinds of file, and whether VS Code needs another version of each. */
const kinds: readonly {
  name: string;
  codec: readonly string[];
  sound?: readonly string[];
  proxy: boolean;
  size?: readonly [number, number];
}[] = [
  { name: 'h264.mp4', codec: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '3'], proxy: false },
  { name: 'h264-aac.mp4', codec: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'], sound: ['-c:a', 'aac'], proxy: true },
  { name: 'h264-mp3.m4v', codec: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-f', 'mp4'], sound: ['-c:a', 'libmp3lame'], proxy: false },
  { name: 'h265.mp4', codec: ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=0'], proxy: true },
  { name: 'prores.mov', codec: ['-c:v', 'prores_ks', '-pix_fmt', 'yuv422p10le'], sound: ['-c:a', 'pcm_s16le'], proxy: true },
  {
    name: 'vp9 <img src=x> <b>bold &amp; #1%.webm',
    codec: ['-c:v', 'libvpx-vp9', '-b:v', '1M', '-deadline', 'realtime', '-cpu-used', '8'],
    sound: ['-c:a', 'libvorbis'],
    proxy: false,
  },
  { name: 'h264-aac.mkv', codec: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'], sound: ['-c:a', 'aac'], proxy: true },
  { name: 'mpeg4.avi', codec: ['-c:v', 'mpeg4', '-q:v', '2'], sound: ['-c:a', 'libmp3lame'], proxy: true },
  { name: 'palette.gif', codec: ['-c:v', 'gif'], proxy: true, size: [75, 51] },
  { name: 'lossless.mkv', codec: ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'], proxy: true },
];

describe('video preview in a browser', function () {
  this.timeout(120_000);
  let site: Site;
  let proxies: ProxyMaker;

  before(async () => {
    site = await openSite();
    proxies = new ProxyMaker(new ProxyCache(path.join(site.folder, 'proxies'), () => 1e9));
  });
  after(() => site.close());

  async function picture({ page }: PreviewRig, index = 0): Promise<number> {
    return numberIn(await page.locator('.picture').nth(index).screenshot());
  }
  async function shows(rig: PreviewRig, frame: number, index = 0): Promise<void> {
    for (let attempt = 0; attempt < 40 && (await picture(rig, index)) !== frame; attempt++) await rig.page.waitForTimeout(50);
    assert.equal(await picture(rig, index), frame);
  }

  /** Playwright's own waiting evaluates strings in the page, which the page's policy forbids. */
  async function until({ page }: PreviewRig, condition: string): Promise<void> {
    for (let attempt = 0; attempt < 100 && !(await page.evaluate(`Boolean(${condition})`)); attempt++) await page.waitForTimeout(50);
    assert.ok(await page.evaluate(`Boolean(${condition})`), condition);
  }

  for (const { name, codec, sound, proxy, size: [width, height] = [96, 64] } of kinds) {
    it(`opens ${name}${proxy ? ' through a proxy' : ''} and steps in it`, async () => {
      const file = path.join(site.folder, name);
      await writeNumberedClip({ file, frames: 24, fps: 10, width, height, codec, ...(sound ? { sound } : {}) });
      const view = await viewOf(site.folder, file, site.server, proxies);
      assert.equal(view.playback.kind === 'ready' && view.playback.proxy, proxy);
      const rig = await openPreview(site.browser, site.server, 'dark', { width: 900, height: 600 });
      rig.host.emit('clip', view);
      await rig.page.waitForSelector('.player[data-ready]');
      await shows(rig, 0);
      for (const [key, frame] of [
        ['ArrowRight', 1],
        ['Shift+ArrowRight', 11],
        ['ArrowLeft', 10],
        ['End', 23],
      ] as const) {
        await rig.page.keyboard.press(key);
        await shows(rig, frame);
      }
      const facts = await rig.page.locator('.inspector').innerText();
      assert.match(facts, /\b(10|9\.6) fps/);
      for (const part of [name, `${width} × ${height}`, '24']) assert.ok(facts.includes(part), `${part} in ${facts}`);
      assert.equal(await rig.page.locator('b, img').count(), 0, 'a name is text, not markup');
      assert.deepEqual(rig.problems, []);
      assert.deepEqual(rig.asked, ['ready']);
      await rig.page.close();
    });
  }

  it('keeps the sound that it had to code anew, in step with the picture', async () => {
    const binaries = await findFfmpeg();
    const view = await viewOf(site.folder, path.join(site.folder, 'h264-aac.mp4'), site.server, proxies);
    assert.ok(view.playback.kind === 'ready' && view.playback.hasAudio);
    const made = path.join(site.folder, new URL(view.playback.address).pathname);
    const { info } = await probeFile(binaries, made);
    assert.equal(info.codec, 'h264');
    assert.equal(info.audio?.codec, 'mp3');
    assert.ok(Math.abs((info.audio?.duration ?? 0) - info.duration) < 0.15);
  });

  it('seeks exactly in a clip whose frames stand unevenly', async () => {
    const file = path.join(site.folder, 'uneven.mp4');
    await writeNumberedClip({ file: path.join(site.folder, 'even.mp4'), frames: 12, fps: 10, width: 96, height: 64 });
    await ffmpeg([
      '-i',
      path.join(site.folder, 'even.mp4'),
      '-vf',
      "setpts='if(lt(N,4),N*0.1,if(lt(N,8),0.4+(N-4)*0.35,1.8+(N-8)*0.04))/TB'",
      '-vsync',
      'vfr',
      '-enc_time_base',
      '1:1000',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      file,
    ]);
    const view = await viewOf(site.folder, file, site.server, proxies);
    assert.ok(view.playback.kind === 'ready' && view.playback.timing.times);
    const rig = await openPreview(site.browser, site.server, 'dark', { width: 900, height: 600 });
    rig.host.emit('clip', view);
    await rig.page.waitForSelector('.player[data-ready]');
    for (let frame = 0; frame < 12; frame++) {
      await shows(rig, frame);
      await rig.page.keyboard.press('ArrowRight');
    }
    await rig.page.close();
  });

  it('compares, reloads and remembers', async () => {
    const rig = await openPreview(site.browser, site.server, 'light', { width: 1000, height: 640 });
    const view = await viewOf(site.folder, path.join(site.folder, 'h264.mp4'), site.server, proxies);
    rig.host.emit('clip', view);
    await rig.page.waitForSelector('.player[data-ready]');
    await rig.page.keyboard.press('Shift+ArrowRight');
    await rig.page.keyboard.press('i');
    rig.host.emit(
      'clip',
      await viewOf(site.folder, path.join(site.folder, 'h265.mp4'), site.server, proxies, { slot: 'compare', revision: 2 }),
    );
    await rig.page.waitForSelector('.player[data-ready] .pane:nth-child(2) video');
    await rig.page.keyboard.press('ArrowRight');
    await shows(rig, 11, 0);
    await shows(rig, 11, 1);
    // The file changes on disk: the host tells of a new revision, and place and range stay.
    rig.host.emit('clip', { ...view, revision: 3, playback: { kind: 'reading' } });
    await rig.page.waitForTimeout(100);
    assert.equal(await rig.page.locator('.player').count(), 1, 'the old picture stays meanwhile');
    rig.host.emit('clip', { ...view, revision: 4 });
    await rig.page.waitForSelector('.player[data-ready][data-frame="11"]');
    assert.match(await rig.page.locator('.inspector').innerText(), /In\s+11 ·/);
    await rig.page.getByRole('button', { name: 'Edit in a notebook' }).click();
    assert.ok(rig.asked.includes('editInNotebook {"first":10,"last":23}'), rig.asked.join('; '));
    rig.host.emit('compareEnded', undefined);
    await until(rig, `document.querySelector('.frameloom-preview').shadowRoot.querySelectorAll('.pane').length === 1`);
    await rig.page.getByRole('button', { name: 'Close the panel' }).click();
    await until(rig, 'window.saved?.panelOpen === false && window.saved.player.first === 10');
    await rig.page.close();
  });

  it('asks for another version when the browser cannot play the file, and says what it waits for', async () => {
    const rig = await openPreview(site.browser, site.server, 'dark', { width: 900, height: 600 });
    const view = await viewOf(site.folder, path.join(site.folder, 'h264.mp4'), site.server, proxies);
    rig.host.emit('clip', {
      ...view,
      revision: 7,
      playback: { ...view.playback, kind: 'ready', address: `${site.server.address}/prores.mov` } as typeof view.playback,
    });
    await rig.page.waitForSelector('.player-note:not([hidden])');
    assert.ok(rig.asked.includes('cannotPlay {"slot":"main","revision":7}'), rig.asked.join('; '));
    rig.host.emit('clip', { ...view, revision: 8, playback: { kind: 'preparing', why: 'VS Code does not play ProRes', fraction: 0.25 } });
    await rig.page.getByRole('button', { name: 'Cancel' }).click();
    rig.host.emit('clip', {
      ...view,
      revision: 8,
      playback: { kind: 'failed', message: 'Preparing the video was cancelled.', canRetry: true },
    });
    await rig.page.getByRole('button', { name: 'Try again' }).click();
    assert.deepEqual(rig.asked.slice(-2), ['cancel {"slot":"main"}', 'retry {"slot":"main"}']);
    await rig.page.close();
  });

  it('drops messages that are not of the host', async () => {
    const rig = await openPreview(site.browser, site.server, 'dark', { width: 900, height: 600 });
    await rig.page.evaluate(
      `window.postMessage({ rpc: 'event', event: 'clip', params: { slot: 'main', name: 5 } }); window.postMessage('hello'); window.postMessage({ rpc: 'event', event: '__proto__', params: {} })`,
    );
    await rig.page.waitForTimeout(200);
    assert.equal(await rig.page.locator('.player').count(), 0);
    assert.deepEqual(rig.problems, []);
    await rig.page.close();
  });
});

describe('proxies of videos', function () {
  this.timeout(60_000);
  let site: Site;
  before(async () => (site = await openSite()));
  after(() => site.close());
  const plan: ProxyPlan = { kind: 'proxy', video: 'encode', audio: 'none', why: '' };

  it('are made once for many, cancelled by the last, and leave nothing half-made', async () => {
    const file = path.join(site.folder, 'long.mkv');
    await ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=640x480:r=25:d=20',
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=0',
      file,
    ]);
    const binaries = await findFfmpeg();
    const folder = path.join(site.folder, 'cache');
    const maker = new ProxyMaker(new ProxyCache(folder, () => 1e9));
    const probed = await probeFile(binaries, file);
    const stamp = await stampOf(file);
    const [first, second] = [new AbortController(), new AbortController()];
    let told = 0;
    const wish = (abort: AbortController): Promise<string> =>
      maker.make(binaries, stamp, probed, plan, { signal: abort.signal, onProgress: () => told++ });
    const both = Promise.allSettled([wish(first), wish(second)]);
    while (told === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await readdir(folder)).length, 1, 'one ffmpeg for both');
    first.abort();
    second.abort();
    for (const result of await both) assert.ok(result.status === 'rejected' && (result.reason as Error).name === 'AbortError');
    for (let attempt = 0; attempt < 100 && (await readdir(folder)).length > 0; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await readdir(folder), []);
    const made = await wish(new AbortController());
    const before = told;
    assert.equal(await wish(new AbortController()), made);
    assert.equal(told, before, 'the second time it is there already');
  });

  it('are forgotten oldest first when the cache is full', async () => {
    const folder = path.join(site.folder, 'small');
    const files = await Promise.all(
      [1, 2, 3].map(async (index) => {
        const file = path.join(site.folder, `clip${index}.avi`);
        await writeNumberedClip({ file, frames: 8, fps: 8, width: 64, height: 64, codec: ['-c:v', 'mpeg4'] });
        return file;
      }),
    );
    const binaries = await findFfmpeg();
    let cap = 1e9;
    const maker = new ProxyMaker(new ProxyCache(folder, () => cap));
    const made: string[] = [];
    for (const file of files) {
      const probed = await probeFile(binaries, file);
      if (made.length === 2) cap = 2.5 * (await stat(made[0] ?? '')).size;
      made.push(
        await maker.make(binaries, await stampOf(file), probed, plan, {
          signal: new AbortController().signal,
          onProgress: () => undefined,
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(
      (await readdir(folder)).sort(),
      made
        .slice(1)
        .map((file) => path.basename(file))
        .sort(),
    );
  });
});
