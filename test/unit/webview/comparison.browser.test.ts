import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import type { Comparison } from '../../../src/index.js';
import { COMPARISON_MIME, type ComparisonPayload } from '../../../src/shared/outputs/index.js';
import { realComparison } from './rig/realComparison.js';
import { rendererPage } from './rig/rendererPage.js';
import { openSite, type Site } from './rig/site.js';
import type { ThemeName } from './rig/themes.js';

const output = `document.querySelector('.frameloom-output').shadowRoot.querySelector('.comparison-output')`;

describe('a comparison in a browser', function () {
  this.timeout(300_000);
  let site: Site;
  let payload: ComparisonPayload;
  let comparison: Comparison;

  before(async () => {
    site = await openSite();
    ({ payload, comparison } = await realComparison(site.folder));
  });
  after(() => site?.close());

  async function open(shown: ComparisonPayload = payload, { theme = 'light' as ThemeName, width = 960 } = {}): Promise<Page> {
    site.server.page('page', rendererPage(theme));
    const page = await site.browser.newPage({ viewport: { width, height: 1000 } });
    await page.goto(`${site.server.address}/page`);
    await page.waitForFunction('window.loaded');
    await show(page, shown);
    return page;
  }
  const show = (page: Page, shown: ComparisonPayload): Promise<unknown> =>
    page.evaluate(`window.show('grid', ${JSON.stringify(COMPARISON_MIME)}, ${JSON.stringify(shown)})`);
  const drawn = async (page: Page): Promise<void> => {
    await page.waitForFunction(`${output}.dataset.ready === 'true'`);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  };
  const labels = (page: Page): Promise<string[]> =>
    page.locator('.cmp-cell').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
  /** What each picture shows, as a short text that differs where they do. */
  const pictures = (page: Page): Promise<string[]> =>
    page.evaluate(`[...${output}.querySelectorAll('.cmp-picture')].map((canvas) => canvas.toDataURL())`);
  /** The payload with only the first cells done. */
  const begun = (done: number): ComparisonPayload => ({
    ...payload,
    state: 'running',
    cells: payload.cells.slice(0, done),
    running: comparison.cells[done]!.place,
    stage: `cell ${done + 1} of 8: step 1 of 2`,
    fraction: done / 8,
    secondsLeft: 90,
  });

  it('shows schedulers down and steps across, the further axis as tabs, and every cell’s picture', async () => {
    const page = await open();
    await drawn(page);
    assert.deepEqual(await page.locator('.cmp-column-name').allInnerTexts(), ['steps 2', 'steps 4']);
    assert.deepEqual(await page.getByRole('rowheader').allInnerTexts(), ['ddim', 'DPM++ 2M Karras']);
    assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['2', '6']);
    const first = await pictures(page);
    assert.equal(new Set(first).size, 4);
    await page.getByRole('tab', { name: '6' }).click();
    await drawn(page);
    assert.ok((await labels(page)).every((label) => /guidanceScale 6/.test(label)));
    for (let tries = 0; tries < 50 && new Set([...first, ...(await pictures(page))]).size < 8; tries++) await drawn(page);
    assert.equal(new Set([...first, ...(await pictures(page))]).size, 8);
    await page.close();
  });

  it('plays all clips together, and one scrubber moves all of them', async () => {
    const page = await open();
    await drawn(page);
    await page.waitForFunction(`${output}.dataset.playing === 'frame'`);
    await page.getByRole('button', { name: 'Pause' }).click();
    const slider = page.getByRole('slider', { name: 'Frame' });
    await slider.fill('0');
    await drawn(page);
    const before = await pictures(page);
    await slider.fill('3');
    await drawn(page);
    const after = await pictures(page);
    before.forEach((picture, index) => assert.notEqual(picture, after[index]));
    await page.close();
  });

  it('is sorted by any number as the library sorts, over all axes', async () => {
    const page = await open();
    for (const [name, key] of [
      ['alignment, best first', 'promptAlignment'],
      ['seconds, best first', 'seconds'],
    ] as const) {
      await page.getByLabel('Order of the cells').selectOption({ label: name });
      const shown = await labels(page);
      const expected = comparison.sortedBy(key).map(({ labels: at }) => `${at.scheduler}, steps ${at.numInferenceSteps}`);
      assert.deepEqual(
        shown.map((label) => label.split(', guidanceScale')[0]),
        expected,
      );
      assert.match(shown[0]!, new RegExp(`${name.split(',')[0]} [^,]*, the best`));
    }
    await page.close();
  });

  it('opens a cell by keyboard: large beside the source, with its numbers and the code that makes it, and goes back', async () => {
    const page = await open();
    await drawn(page);
    await page.locator('.cmp-cell').first().focus();
    for (const key of ['ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    assert.match((await page.locator('.cmp-cell:focus').getAttribute('aria-label')) ?? '', /^DPM\+\+ 2M Karras, steps 4, guidanceScale 2/);
    await page.keyboard.press('Enter');
    const cell = comparison.cells.find(
      ({ labels: at }) => at.scheduler === 'DPM++ 2M Karras' && at.numInferenceSteps === '4' && at.guidanceScale === '2',
    );
    assert.equal(await page.locator('.cmp-code pre').innerText(), cell!.code);
    assert.ok((await page.locator('.cmp-detail .stats').innerText()).includes('SSIM'));
    assert.equal(await page.locator('.cmp-detail .player').count(), 1);
    await page.keyboard.press('Escape');
    assert.match((await page.locator('.cmp-cell:focus').getAttribute('aria-label')) ?? '', /^DPM\+\+ 2M Karras, steps 4/);
    await page.close();
  });

  it('fills while it is made: cells as they come, the one at work live, with the time left; what the reader chose stays', async () => {
    const page = await open(begun(1));
    assert.match(await page.locator('.cmp-work').innerText(), /Cell 2 of 8: step 1 of 2 · 1 min 30 s left/);
    assert.equal(await page.locator('.cmp-slot[data-state=running]').count(), 0, 'the cell at work is on another tab');
    await page.getByRole('tab', { name: '6' }).click();
    await page.locator('.cmp-slot[data-state=running]').waitFor();
    const red = Buffer.from(new Uint8Array(2 * 4 * 4 * 3).map((_, i) => (i % 3 === 0 ? 255 : 0))).toString('base64');
    const pixels = {
      type: 'previewPixels',
      runId: payload.runId,
      place: begun(1).running,
      stage: 'cell 2 of 8: step 2 of 2',
      fraction: 0.2,
      secondsLeft: 70,
    };
    await page.evaluate(
      `window.tell(${JSON.stringify({ ...pixels, step: 2, steps: 2, count: 2, frameWidth: 4, frameHeight: 4, data: red })})`,
    );
    await page.waitForFunction(`(() => {
      const canvas = ${output}.querySelector('[data-state=running] canvas');
      const [red, green] = canvas.getContext('2d').getImageData(0, 0, 1, 1).data;
      return red === 255 && green === 0;
    })()`);
    assert.match(await page.locator('.cmp-work').innerText(), /step 2 of 2 · 1 min 10 s left/);
    await show(page, begun(3));
    assert.equal(await page.getByRole('tab', { selected: true }).innerText(), '6');
    await page.getByRole('button', { name: 'Interrupt' }).click();
    assert.deepEqual(await page.evaluate('window.sent.at(-1)'), { type: 'interruptRun', runId: payload.runId });
    await show(page, { ...begun(3), state: 'waiting', running: undefined, stage: undefined });
    assert.match(await page.locator('.run-numbers').innerText(), /3 of 8 cells · run the cell again to go on/);
    assert.equal(await page.locator('.cmp-work').isVisible(), false);
    await page.close();
  });

  it('saves its numbers as the library does', async () => {
    const page = await open();
    const link = page.getByRole('link', { name: 'CSV' });
    await page.evaluate(`${output}.addEventListener('click', (event) => event.preventDefault())`);
    await link.click();
    const text = decodeURIComponent((await link.getAttribute('href'))!.split(',').slice(1).join(','));
    const [head, ...rows] = text.trim().split('\r\n');
    const [expectedHead, ...expectedRows] = comparison.csv.trim().split('\r\n');
    assert.deepEqual(head!.split(',').sort(), expectedHead!.split(',').sort());
    assert.equal(rows.length, expectedRows.length);
    await page.close();
  });

  it('has a sheet and a video saved by the controller, reached by keyboard, and says what came of it', async () => {
    const page = await open();
    const saves = page.getByRole('group', { name: 'Save the comparison' });
    const note = page.locator('.comparison-output > .run-note');
    const answer = (message: object): Promise<unknown> =>
      page.evaluate(`window.tell(${JSON.stringify({ displayId: payload.runId, ...message })})`);
    await saves.getByRole('button', { name: 'PNG sheet' }).focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(await page.evaluate('window.sent.at(-1)'), { type: 'saveComparison', runId: payload.runId, kind: 'sheet' });
    await answer({ type: 'requestTaken' });
    assert.equal(await note.innerText(), 'Saving the sheet…');
    // A second press meanwhile asks for nothing.
    const sent = await page.evaluate('window.sent.length');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('window.sent.length'), sent);
    await answer({ type: 'requestEnded', done: 'Saved as /tmp/comparison.png.' });
    await note.getByText('Saved as /tmp/comparison.png.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.deepEqual(await page.evaluate('window.sent.at(-1)'), { type: 'saveComparison', runId: payload.runId, kind: 'video' });
    await answer({ type: 'requestTaken' });
    await answer({ type: 'requestEnded', problem: 'The kernel that made this comparison has ended.' });
    await note.getByText('The kernel that made this comparison has ended.').waitFor();
    assert.equal(await note.getAttribute('role'), 'status');
    await page.close();
  });

  it('offers the table alone where nobody listens, and nothing to save where no cell is done', async () => {
    const page = await open({ ...payload, cells: [], state: 'waiting' });
    await page.getByRole('button', { name: 'Video' }).click();
    await page.getByText('No cell is done yet').waitFor();
    assert.deepEqual(await page.evaluate('window.sent'), []);
    site.server.page('apart', rendererPage('light', false));
    await page.goto(`${site.server.address}/apart`);
    await page.waitForFunction('window.loaded');
    await show(page, payload);
    const saves = page.getByRole('group', { name: 'Save the comparison' });
    assert.equal(await saves.getByRole('button').count(), 0);
    assert.equal(await saves.getByRole('link', { name: 'CSV' }).count(), 1);
    await page.close();
  });

  it('refuses cells that are on no axis, whole and with the reason', async () => {
    for (const [change, why] of [
      [{ cells: [{ ...payload.cells[0]!, place: [9, 9, 9, 9] }] }, /cells\[0\]\.place must be on the axes/],
      [{ cells: [{ ...payload.cells[0]!, clip: { path: '../secret.mp4' } }] }, /cells\[0\]\.clip\.path must be a path below/],
      [{ rows: 77 }, /rows must be an axis/],
      [{ layouts: [] }, /layout must be one of the layouts/],
    ] as const) {
      const page = await open({ ...payload, ...change } as ComparisonPayload);
      assert.match(await page.locator('#grid').innerText(), why);
      await page.close();
    }
  });

  const sheets = process.env.FRAMELOOM_TEST_PICTURES;
  for (const theme of ['light', 'dark', 'highContrast'] as ThemeName[]) {
    it(`is whole in the theme ${theme}`, async () => {
      const page = await open(begun(7), { theme });
      await drawn(page);
      const pictured = async (name: string): Promise<void> => {
        if (!sheets) return;
        mkdirSync(sheets, { recursive: true });
        await page.screenshot({ path: path.join(sheets, `comparison-${theme}-${name}.png`) });
      };
      await pictured('running');
      await page.getByLabel('Order of the cells').selectOption({ index: 1 });
      await drawn(page);
      await pictured('sorted');
      await page.locator('.cmp-cell').first().click();
      await page.locator('.cmp-detail').waitFor();
      await page.waitForTimeout(sheets ? 1500 : 0);
      await pictured('cell');
      const wide = await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`);
      assert.ok(wide, 'nothing hangs over');
      await page.close();
    });
  }
});
