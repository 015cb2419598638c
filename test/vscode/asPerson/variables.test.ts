import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { personInFrontOfVsCode } from '../rig/person.js';
import { writeNotebook } from '../rig/workspace.js';

const cell = `import { Tensor, Video } from 'frameloom';
const clip = await Video.open('red-car.mp4', { maxFrames: 8 });
const latents = Tensor.zeros([8, 4, 16, 16]);
const settings = { strength: 0.7, prompt: 'a green car', steps: [10, 20, 30] };
let seed = 42;
class Box {}
function twice(n: number) { return 2 * n; }`;

describe('The view of variables', function () {
  this.timeout(180_000);
  const person = personInFrontOfVsCode({
    prepare: (workspace) => void writeNotebook(workspace, 'variables.ipynb', [cell]),
    size: { width: 1280, height: 800 },
  });

  it('lists what the kernel holds, opens objects, and shows a value in a new cell', async () => {
    const { window } = person;
    const { page } = window;
    await window.openNotebook('variables.ipynb');
    const view = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Frameloom: Variables' }) });
    await view.waitFor({ timeout: 20_000 });
    if ((await view.locator('.pane-header.expanded').count()) === 0) await view.locator('.pane-header').click();
    await page
      .locator('.explorer-folders-view')
      .locator('xpath=ancestor::*[contains(@class, "pane ")][1]')
      .locator('.pane-header')
      .first()
      .click(); // makes room
    await view.getByText('run a cell to see its variables').waitFor();
    await window.runAll(1);
    const row = (name: string): Locator =>
      view.locator('.monaco-list-row').filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) });
    await row('clip').waitFor({ timeout: 20_000 });
    const text = async (name: string): Promise<string> => (await row(name).innerText()).replace(/\s+/g, ' ');
    assert.match(await text('clip'), /Video 256×256, 8 frames/);
    assert.match(await text('latents'), /Tensor \[8, 4, 16, 16\]/);
    assert.match(await text('seed'), /number 42/);
    assert.match(await text('twice'), /function|=>|twice/);
    await row('settings').click();
    await row('prompt').waitFor();
    assert.match(await text('prompt'), /"a green car"/);
    await row('steps').click();
    await row('2').waitFor();
    await window.picture('variables');
    await row('latents').hover();
    await row('latents').getByRole('button', { name: 'Show in a New Cell' }).click();
    await page.locator('.execution-count-label', { hasText: '[2]' }).first().waitFor({ timeout: 30_000 });
    await page.waitForTimeout(1500);
    await window.picture('variables-in-a-cell');
    assert.match(
      (await window.inOutputs<string>(
        "[...document.querySelectorAll('.output_container *')].map((e) => e.shadowRoot?.textContent ?? '').join('|')",
      )) ?? '',
      /8frames×4channels×16height×16width/,
    );
  });
});
