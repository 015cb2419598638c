import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import type { Run } from '../../../src/index.js';
import { RUN_MIME } from '../../../src/shared/outputs/index.js';
import type { Atlas, RunPayload } from '../../../src/shared/outputs/index.js';
import { viridis } from '../../../src/webview/renderer/run/colourMaps.js';
import { ffmpeg } from './rig/numberedClip.js';
import { realRun } from './rig/realRun.js';
import { rendererPage } from './rig/rendererPage.js';
import { openSite } from './rig/site.js';
import type { Site } from './rig/site.js';
import type { ThemeName } from './rig/themes.js';

const output = `document.querySelector('.frameloom-output').shadowRoot.querySelector('.run-output')`;

describe('a captured run in a browser', function () {
  this.timeout(180_000);
  let site: Site;
  let payload: RunPayload;
  let run: Run;

  before(async () => {
    site = await openSite();
    ({ payload, run } = await realRun(site.folder, { steps: 6, frames: 4, edit: true }));
  });
  after(() => site?.close());

  async function open(shown: RunPayload = payload, { theme = 'light' as ThemeName, width = 960 } = {}): Promise<Page> {
    site.server.page('page', rendererPage(theme));
    const page = await site.browser.newPage({ viewport: { width, height: 900 } });
    await page.goto(`${site.server.address}/page`);
    await page.waitForFunction('window.loaded');
    await page.evaluate(`window.show('run', ${JSON.stringify(RUN_MIME)}, ${JSON.stringify(shown)})`);
    return page;
  }
  async function view(page: Page, name: string): Promise<void> {
    await page.getByRole('tab', { name }).click();
    await settled(page);
  }
  const settled = async (page: Page): Promise<void> => {
    await page.waitForFunction(`${output}.dataset.ready === 'true'`);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  };
  const at = (page: Page): Promise<unknown> => page.evaluate(`[${output}.dataset.step, ${output}.dataset.frame].map(Number)`);
  /** RGB of what stands on a canvas. */
  const pixels = (page: Page, selector: string): Promise<number[]> =>
    page.evaluate(`(() => {
    const canvas = ${output}.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 < 3);
  })()`);
  /** A tile as another decoder than the browser's reads it. */
  async function tile(
    { path: file, columns, tileWidth: w, tileHeight: h, frames }: Atlas,
    row: number,
    frame: number,
    format: 'rgb24' | 'gray',
  ): Promise<number[]> {
    const number = row * frames + frame;
    const crop = `crop=${w}:${h}:${(number % columns) * w}:${Math.floor(number / columns) * h}`;
    return [...(await ffmpeg(['-i', path.join(site.folder, file ?? ''), '-vf', crop, '-f', 'rawvideo', '-pix_fmt', format, 'pipe:1']))];
  }

  it('shows its first view, and the others with the arrow keys', async () => {
    const page = await open();
    assert.equal(await page.locator('[role=tab][aria-selected=true]').innerText(), 'Steps');
    await page.getByRole('tab', { name: 'Steps' }).focus();
    for (const name of ['Attention', 'Between frames', 'Latents', 'Schedule', 'Stages', 'Steps']) {
      await page.keyboard.press('ArrowRight');
      assert.equal(await page.locator('[role=tab]:focus').innerText(), name);
      assert.equal(await page.getByRole('tabpanel').getAttribute('aria-label'), name);
    }
    assert.match(
      await page.locator('.run-head').innerText(),
      /a big green car.*motion-stickers · seed 7 · .* steps · 4 frames of 128 × 128/s,
    );
    await page.close();
  });

  it('moves in the grid with the arrow keys and shows the very picture of that step and frame', async () => {
    const page = await open();
    await settled(page);
    const last = payload.steps.length - 1;
    assert.deepEqual(await at(page), [last, 0]);
    await page.getByRole('grid').focus();
    for (const [key, expected] of [
      ['ArrowUp', [last - 1, 0]],
      ['ArrowRight', [last - 1, 1]],
      ['End', [last - 1, 3]],
      ['ArrowRight', [last - 1, 3]],
      ['Control+Home', [0, 0]],
      ['ArrowDown', [1, 0]],
      ['ArrowRight', [1, 1]],
    ] as const) {
      await page.keyboard.press(key);
      await settled(page);
      assert.deepEqual(await at(page), expected, key);
    }
    assert.equal(await page.getByRole('gridcell').getAttribute('aria-label'), 'Predicted result, step 2, frame 2');
    assert.ok(payload.x0?.path?.endsWith('.png'));
    assert.deepEqual(await pixels(page, '.run-large canvas'), await tile(payload.x0 as Atlas, 1, 1, 'rgb24'));
    await page.getByRole('button', { name: 'Noisy latents' }).click();
    await settled(page);
    assert.deepEqual(await pixels(page, '.run-large canvas'), await tile(payload.xt as Atlas, 1, 1, 'rgb24'));
    await page.close();
  });

  it('plays a frame through the steps and a step through the frames', async () => {
    const page = await open();
    await settled(page);
    await page.evaluate(
      `window.seen = []; new MutationObserver(() => window.seen.push(${output}.dataset.step + ' ' + ${output}.dataset.frame)).observe(${output}, { attributeFilter: ['data-step', 'data-frame'] })`,
    );
    await page.getByRole('grid').focus();
    await page.keyboard.press(' ');
    await page.waitForFunction('new Set(window.seen).size >= 4');
    await page.keyboard.press(' ');
    await page.waitForFunction(`${output}.dataset.playing === ''`);
    const frames = ((await page.evaluate('window.seen')) as string[]).map((each) => each.split(' ').map(Number));
    assert.equal(new Set(frames.map(([step]) => step)).size, 1, 'the step stands still');
    await page.getByRole('button', { name: 'Play this frame through the steps' }).click();
    await page.evaluate('window.seen.length = 0');
    await page.waitForFunction('new Set(window.seen).size >= 3');
    await page.getByRole('button', { name: 'Pause' }).click();
    const steps = ((await page.evaluate('window.seen')) as string[]).map((each) => each.split(' ').map(Number));
    assert.equal(new Set(steps.map(([, frame]) => frame)).size, 1, 'the frame stands still');
    await page.close();
  });

  it('lets captured words be chosen, and says why others cannot', async () => {
    const page = await open();
    await view(page, 'Attention');
    const words = page.getByRole('group', { name: 'Words of the prompt' });
    assert.deepEqual(await words.getByRole('button').allInnerTexts(), ['green', 'car', 'blue']);
    assert.match((await words.getByText('background').getAttribute('title')) ?? '', /was not captured.*attention: \['background'\]/);
    await words.getByRole('button', { name: 'car' }).click();
    await page.getByLabel('Colours for this map alone').uncheck();
    await settled(page);
    assert.equal(await words.locator('[aria-pressed=true]').innerText(), 'car');
    const car = payload.attention?.words[1]?.bySteps as Atlas;
    const expected = (await tile(car, payload.steps.length - 1, 0, 'gray')).flatMap((grey) =>
      [0, 8, 16].map((shift) => ((viridis.words[grey] ?? 0) >> shift) & 255),
    );
    assert.deepEqual(await pixels(page, '.run-picture canvas + canvas'), expected);
    await page.close();
  });

  it('outlines the mask that the library makes', async () => {
    const page = await open();
    await view(page, 'Attention');
    await page.getByRole('button', { name: 'car' }).click();
    await page.getByLabel('Mask', { exact: true }).check();
    for (const [name, choice] of [
      ['This step', { step: payload.steps.at(-1)?.step ?? 0 }],
      ['All steps', {}],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      await settled(page);
      const share = Number(/covers ([\d.]+) %/.exec(await page.locator('.run-attention .run-caption').innerText())?.[1]) / 100;
      const { tensor } = await run.attention('car').mask(0.5, choice);
      const first = tensor.slice(0, 1);
      const inside = first.data.reduce((sum, value) => sum + value, 0) / first.size;
      // The atlas has 256 levels: places that lie on the threshold may fall on either side.
      assert.ok(Math.abs(share - inside) <= 3 / first.size, `${name}: ${share} on the screen, ${inside} in the library`);
      assert.ok(share > 0 && share < 0.9);
    }
    assert.ok(((await page.locator('.run-outline .over').getAttribute('d')) ?? '').length > 20);
    await page.close();
  });

  it('shows how much frames look at each other, in numbers and colours, and outlines the frame that the clip is at', async () => {
    const page = await open();
    await view(page, 'Between frames');
    const { bySteps, byLayers, lines } = payload.frameAttention!;
    assert.deepEqual(lines, [0, 1, 2, 3]);
    assert.deepEqual([bySteps.tileWidth, byLayers!.rows.length], [4, run.frameSites.length]);
    const whole = await run.frameAttention();
    for (const frame of [0, 2]) {
      if (frame > 0) for (let i = 0; i < frame; i++) await page.getByRole('slider', { name: 'frame' }).press('ArrowRight');
      await settled(page);
      const caption = await page.locator('.run-large .run-caption').innerText();
      const [, shown, share] = /outlined: frame (\d+), which gives ([\d.]+) %/.exec(caption) ?? [];
      assert.equal(Number(shown), frame + 1);
      assert.ok(Math.abs(Number(share) / 100 - whole.data[frame * 4 + frame]!) < 0.01, `${caption}: ${whole.data[frame * 4 + frame]}`);
      assert.equal(await page.locator('.run-outline .over').getAttribute('d'), `M0 ${frame}H4V${frame + 1}H0z`);
    }
    await page.getByRole('button', { name: 'By layer' }).click();
    await settled(page);
    assert.equal(await page.getByRole('group', { name: 'Layers' }).getByRole('button').count(), run.frameSites.length);
    await page.getByLabel('Colours for this map alone').uncheck();
    await settled(page);
    const expected = (await tile(byLayers!, 0, 0, 'gray')).flatMap((grey) =>
      [0, 8, 16].map((shift) => ((viridis.words[grey] ?? 0) >> shift) & 255),
    );
    assert.deepEqual(await pixels(page, '.run-large .run-picture canvas'), expected);
    await page.close();
  });

  it('jumps to the step that is clicked on a curve, and reads its values with the keyboard', async () => {
    const page = await open();
    await view(page, 'Attention');
    const plot = page.getByRole('slider', { name: 'Attention by step, %' });
    const box = await plot.boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + 48, box.y + 60);
    await settled(page);
    assert.deepEqual(await at(page), [0, 0]);
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await settled(page);
    assert.deepEqual(await at(page), [1, 0]);
    const mass = payload.attention?.words[1]?.mass[1] ?? [];
    const percent = Number(((mass.reduce<number>((sum, value) => sum + value!, 0) / mass.length) * 100).toPrecision(3));
    await page.mouse.move(0, 0);
    assert.match((await plot.getAttribute('aria-valuetext')) ?? '', new RegExp(`step 2: .*car ${percent}`));
    await page.close();
  });

  it('draws channels in the range of their numbers, and says where the run began', async () => {
    const page = await open();
    await view(page, 'Latents');
    assert.equal(await page.locator('.run-channel').count(), payload.latents?.length);
    const { range } = payload.latents?.[2]?.atlas as Atlas;
    const grey = await tile(payload.latents?.[2]?.atlas as Atlas, payload.steps.length - 1, 0, 'gray');
    assert.deepEqual(
      await pixels(page, '.run-channel:nth-child(3) canvas'),
      grey.flatMap((value) => [0, 8, 16].map((shift) => ((viridis.words[value] ?? 0) >> shift) & 255)),
    );
    const legend = await page.locator('.run-channel').nth(2).locator('.run-bar-numbers').innerText();
    assert.ok(legend.replaceAll('−', '-').startsWith(String(Number(range?.min.toPrecision(3)))), `${legend} begins with ${range?.min}`);
    await view(page, 'Schedule');
    assert.match(
      await page.locator('.run-schedule').innerText(),
      /DDIMScheduler, 6 timesteps\. This run took the last \d \(strength 0\.75\): it began at t \d+/,
    );
    await page.close();
  });

  it('keeps its place on the page while pictures load, and fits every width', async () => {
    for (const width of [320, 560, 960]) {
      const page = await open(payload, { theme: 'dark', width });
      for (const name of ['Steps', 'Attention', 'Latents', 'Schedule', 'Stages']) {
        await page.evaluate(
          `(() => { const tab = [...${output}.querySelectorAll('[role=tab]')].find((each) => each.textContent === '${name}'); tab.click(); })()`,
        );
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
        const before = await page.evaluate(`${output}.offsetHeight`);
        await settled(page);
        assert.equal(await page.evaluate(`${output}.offsetHeight`), before, `${name} at ${width}`);
        assert.ok(
          !(await page.evaluate('document.documentElement.scrollWidth > innerWidth')),
          `no sideways scrolling of ${name} at ${width}: ${await page.evaluate(`[...${output}.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.className).join()`)}`,
        );
      }
      await page.close();
    }
  });

  it('treats what a run says as text, and says which pictures cannot be had', async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    const page = await open({
      ...payload,
      title: evil,
      prompt: evil,
      model: evil,
      words: [{ text: evil, tokens: [1], attention: 0 }],
      stages: [{ name: evil, caption: evil, tokens: [{ text: evil, mass: 0.1 }] }],
      x0: { ...(payload.x0 as Atlas), path: 'story.frameloom/gone.png' },
    });
    let alerted = false;
    page.on('dialog', (dialog) => ((alerted = true), void dialog.dismiss()));
    for (const name of ['Attention', 'Stages', 'Steps']) {
      await page.getByRole('tab', { name }).click();
      await page.waitForTimeout(100);
      assert.equal(await page.locator('img').count(), 0);
    }
    await page.waitForFunction(`${output}.querySelector('.run-note').textContent.includes('gone.png')`);
    assert.match(
      await page.locator('.run-output > .run-note').innerText(),
      /are not beside this notebook.*story\.frameloom next to the \.ipynb file/,
    );
    assert.equal(await page.locator('.run-prompt').innerText(), evil);
    assert.ok(!alerted);
    await writeFile(
      path.join(site.folder, 'story.frameloom/small.png'),
      await ffmpeg(['-f', 'lavfi', '-i', 'color=s=8x8:d=1', '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1']),
    );
    await page.evaluate(
      `window.show('run', ${JSON.stringify(RUN_MIME)}, ${JSON.stringify({ ...payload, x0: { ...(payload.x0 as Atlas), path: 'story.frameloom/small.png' } })})`,
    );
    await page.waitForFunction(`${output}.querySelector('.run-note').textContent.includes('8 × 8')`);
    await page.close();
  });

  it('keeps the tab and the place when the cell shows it anew', async () => {
    const page = await open();
    await view(page, 'Latents');
    await page.getByLabel('Step', { exact: true }).locator('input').fill('1');
    await page.evaluate(`window.show('run', ${JSON.stringify(RUN_MIME)}, ${JSON.stringify({ ...payload, title: 'again' })})`);
    await settled(page);
    assert.equal(await page.locator('[role=tab][aria-selected=true]').innerText(), 'Latents');
    assert.deepEqual(await at(page), [1, 0]);
    await page.close();
  });
});
