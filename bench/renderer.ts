import { RUN_MIME } from '../src/shared/outputs/index.js';
import type { RunPayload } from '../src/shared/outputs/index.js';
import { realRun } from '../test/unit/webview/rig/realRun.js';
import { rendererPage } from '../test/unit/webview/rig/rendererPage.js';
import { openSite } from '../test/unit/webview/rig/site.js';
import { round } from './overhead.js';

const output = `document.querySelector('.frameloom-output').shadowRoot.querySelector('.run-output')`;
const SCRUB_MS = 3000;

/**
 * The view of a real run of 25 steps × 16 frames in Chromium without a graphics card: milliseconds from the output's
 * arrival to its first paint and until its pictures stand, and pictures a second (median and worst of a tenth) while the
 * step is scrubbed as fast as the screen takes it, in the views that follow the step. Goal: 30 a second.
 */
export async function renderer(): Promise<object> {
  const site = await openSite();
  try {
    const { payload } = await realRun(site.folder, { steps: 25, frames: 16, vae: true });
    site.server.page('page', rendererPage('dark'));
    const page = await site.browser.newPage({ viewport: { width: 960, height: 900 } });
    await page.goto(`${site.server.address}/page`);
    await page.waitForFunction('window.loaded');
    const { firstPaintMs, picturesMs } = (await page.evaluate(opening(payload))) as { firstPaintMs: number; picturesMs: number };
    const scrubbing: Record<string, object> = {};
    for (const name of ['Steps', 'Attention', 'Latents', 'Schedule']) {
      await page.getByRole('tab', { name }).click();
      await page.waitForFunction(`${output}.dataset.ready === 'true'`);
      await page.waitForTimeout(300);
      const gaps = (await page.evaluate(scrubbingFor(SCRUB_MS))) as number[];
      gaps.sort((a, b) => a - b);
      scrubbing[name.toLowerCase()] = {
        medianFps: round(1000 / gaps[Math.floor(gaps.length / 2)]!),
        slowFps: round(1000 / gaps[Math.floor(gaps.length * 0.9)]!),
      };
    }
    return { firstPaintMs: round(firstPaintMs), picturesMs: round(picturesMs), scrubbing, goals: { fps: 30 } };
  } finally {
    await site.close();
  }
}

/** Shows the run, and tells when it was first painted and when its pictures stood. */
function opening(payload: RunPayload): string {
  return `(async () => {
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const began = performance.now();
    window.show('run', ${JSON.stringify(RUN_MIME)}, ${JSON.stringify(payload)});
    await painted();
    const firstPaintMs = performance.now() - began;
    while (${output}.dataset.ready !== 'true') await painted();
    await painted();
    return { firstPaintMs, picturesMs: performance.now() - began };
  })()`;
}

/** Moves the step's slider to and fro at every picture of the screen. @returns milliseconds between the pictures. */
function scrubbingFor(milliseconds: number): string {
  return `new Promise((resolve) => {
    const slider = ${output}.querySelector('.run-slider');
    const gaps = [];
    let before = performance.now();
    const end = before + ${milliseconds};
    let turn = 0;
    const tick = (now) => {
      gaps.push(now - before);
      before = now;
      if (now > end) return resolve(gaps.slice(1));
      const last = Number(slider.max);
      const at = turn++ % (2 * last);
      slider.value = String(at > last ? 2 * last - at : at);
      slider.dispatchEvent(new Event('input'));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  })`;
}
