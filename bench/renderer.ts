import { cp } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { COMPARISON_MIME, RUN_MIME } from '../src/shared/outputs/index.js';
import type { ComparisonPayload, RunPayload } from '../src/shared/outputs/index.js';
import { realRun } from '../test/unit/webview/rig/realRun.js';
import { realComparison } from '../test/unit/webview/rig/realComparison.js';
import { rendererPage } from '../test/unit/webview/rig/rendererPage.js';
import { openSite } from '../test/unit/webview/rig/site.js';
import { round } from './overhead.js';

const output = `document.querySelector('.frameloom-output').shadowRoot.querySelector('.run-output')`;
const cells = `document.querySelector('#grid .frameloom-output').shadowRoot.querySelector('.comparison-output')`;
const SCRUB_MS = 3000;

/**
 * The view of a real run of 25 steps × 16 frames in Chromium without a graphics card: milliseconds from the output's
 * arrival to its first paint and until its pictures stand, and pictures a second (median and worst of a tenth) while the
 * step is scrubbed as fast as the screen takes it, in the views that follow the step, and while a comparison of 500 cells is scrolled
 * from its top to its end with all clips running. Goal: 30 a second.
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
      scrubbing[name.toLowerCase()] = ratesOf(gaps);
    }
    await page.evaluate("window.discard('run')");
    const scrolling = await scrollCells(page, site.folder);
    return { firstPaintMs: round(firstPaintMs), picturesMs: round(picturesMs), scrubbing, scrolling, goals: { fps: 30 } };
  } finally {
    await site.close();
  }
}

/** Shows 500 cells and scrolls them from top to end with all clips running. @returns pictures a second. */
export async function scrollCells(page: Page, folder: string): Promise<object> {
  const grid = await fiveHundredCells(folder);
  await page.evaluate(`window.show('grid', ${JSON.stringify(COMPARISON_MIME)}, ${JSON.stringify(grid)})`);
  await page.waitForFunction(`${cells}.dataset.ready === 'true' && ${cells}.dataset.playing === 'frame'`);
  return { cells: grid.cells.length, ...ratesOf((await page.evaluate(scrollingFor(SCRUB_MS))) as number[]) };
}

function ratesOf(gaps: number[]): { medianFps: number; slowFps: number } {
  gaps.sort((a, b) => a - b);
  return {
    medianFps: round(1000 / gaps[Math.floor(gaps.length / 2)]!),
    slowFps: round(1000 / gaps[Math.floor(gaps.length * 0.9)]!),
  };
}

/** A comparison of 25 × 20 cells, each with a sheet of its own: those of a small real one again and again. */
async function fiveHundredCells(folder: string): Promise<ComparisonPayload> {
  const { payload } = await realComparison(folder);
  const axis = (option: string, count: number) => ({
    option,
    name: option,
    labels: Array.from({ length: count }, (_, i) => String(i)),
    code: Array.from({ length: count }, (_, i) => `  ${option}: ${i},\n`),
  });
  const all = Array.from({ length: 500 }, (_, i) => ({ ...payload.cells[i % payload.cells.length]!, place: [Math.floor(i / 20), i % 20] }));
  const own = all.map((cell, i) => ({ ...cell, sheet: { path: `story.frameloom/sheet-${i}${path.extname(cell.sheet.path)}` } }));
  await Promise.all(own.map(({ sheet }, i) => cp(path.join(folder, all[i]!.sheet.path), path.join(folder, sheet.path))));
  return { ...payload, size: 500, axes: [axis('scheduler', 25), axis('steps', 20)], rows: 0, columns: 1, cells: own };
}

/** Scrolls the cells from top to end. @returns milliseconds between the pictures of the screen. */
function scrollingFor(milliseconds: number): string {
  return `new Promise((resolve) => {
    const board = ${cells}.querySelector('.cmp-board');
    const gaps = [];
    const began = performance.now();
    let before = began;
    const tick = (now) => {
      gaps.push(now - before);
      before = now;
      const share = (now - began) / ${milliseconds};
      if (share > 1) return resolve(gaps.slice(1));
      board.scrollTop = share * (board.scrollHeight - board.clientHeight);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  })`;
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
