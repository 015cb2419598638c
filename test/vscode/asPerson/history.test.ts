import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { personInFrontOfVsCode } from '../rig/person.js';
import { themes, type Window } from '../rig/window.js';
import { writeNotebook } from '../rig/workspace.js';

const cells = [
  `import { LatentDiffusionModel, Video, show } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4', { maxFrames: 8 });
await show(await model.editVideo(clip, 'a big green car moving right on a blue background', { seed: 7, numInferenceSteps: 4, strength: 0.6 }));`,
  `for (const seed of [1, 2]) await model.generateVideo('a big red heart growing on a white background', { seed, numInferenceSteps: 2 });`,
];

describe('The history of runs', function () {
  this.timeout(300_000);
  const person = personInFrontOfVsCode({
    prepare: (workspace) => void writeNotebook(workspace, 'tried.ipynb', cells),
    size: { width: 1280, height: 900 },
    keepEditors: true,
  });

  it('lists every run of the notebook in the side bar with its picture, in every theme', async () => {
    const { window, workspace } = person;
    await window.openNotebook('tried.ipynb');
    await openView(window);
    await window.press('Run All');
    const view = await pageWith(window, '.history-list');
    await view.locator('.history-card').nth(2).waitFor({ timeout: 180_000 });
    await window.untilStatus(/Frameloom: idle/);
    assert.equal(readdirSync(path.join(workspace, 'tried.frameloom', 'history')).length, 3);
    assert.match(await view.locator('.history-card').nth(2).innerText(), /green car[\s\S]*DDIM · 4 steps · strength 0\.6 · seed 7/);
    assert.ok(
      await view
        .locator('.history-card img')
        .first()
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 100),
      'the picture is drawn',
    );
    await view.locator('.history-head').nth(2).click();
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(person.server, theme);
      await window.picture(`history-${theme}`);
    }
  });

  it('filters by words and goes from run to run with the keyboard', async () => {
    const { window } = person;
    const view = await pageWith(window, '.history-card');
    await view.getByRole('searchbox').fill('car green');
    await view.getByText('1 of 3 runs').waitFor();
    await view.getByRole('searchbox').fill('');
    await view.getByText(/^3 runs$/).waitFor();
    await view.locator('.history-head').first().focus();
    await window.page.keyboard.press('ArrowDown');
    await window.page.keyboard.press('Enter');
    await view.locator('.history-card').nth(1).getByRole('button', { name: 'Make again' }).waitFor();
    await window.picture('history-keyboard');
  });

  it('makes a run again in a new cell, and compares two with what differs marked', async () => {
    const { window } = person;
    const { page } = window;
    const view = await pageWith(window, '.history-card');
    await view.locator('.history-card').nth(1).getByRole('button', { name: 'Make again' }).click();
    await page.locator('.execution-count-label', { hasText: '[3]' }).first().waitFor({ timeout: 90_000 });
    await window.untilStatus(/Frameloom: idle/);
    await view.locator('.history-card').nth(3).waitFor({ timeout: 20_000 });
    const compare = async (index: number): Promise<void> => {
      const card = view.locator('.history-card').nth(index);
      if ((await card.locator('.history-head').getAttribute('aria-expanded')) !== 'true') await card.locator('.history-head').click();
      await card.getByRole('button', { name: /Compare|Now choose/ }).click();
    };
    await compare(0);
    await view.getByText('Now choose the other').waitFor();
    await compare(1);
    await page.locator('.execution-count-label', { hasText: '[4]' }).first().waitFor({ timeout: 60_000 });
    const outputs = await pageWith(window, 'mark');
    assert.match(await outputs.locator('table', { has: outputs.locator('mark') }).innerText(), /seed[\s\S]*1[\s\S]*2/);
    await window.picture('history-compare');
  });
});

/** Opens the view of the history in the side bar, with room for it. */
async function openView({ page }: Window): Promise<void> {
  const view = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Frameloom: History' }) });
  await view.waitFor({ timeout: 20_000 });
  if ((await view.locator('.pane-header.expanded').count()) === 0) await view.locator('.pane-header').click();
  const files = page
    .locator('.explorer-folders-view')
    .locator('xpath=ancestor::*[contains(@class, "pane ")][1]')
    .locator('.pane-header')
    .first();
  if ((await files.getAttribute('aria-expanded')) === 'true') await files.click();
}

/** The frame that shows something. */
async function pageWith({ page, ...window }: Window, selector: string): Promise<Frame> {
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(200))
    for (const frame of page.frames())
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
  await (window as Window).picture?.('failed-history');
  throw new Error(`No frame shows ${selector}.`);
}
