import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { personInFrontOfVsCode } from '../rig/person.js';
import { themes, type Window } from '../rig/window.js';
import { writeNotebook } from '../rig/workspace.js';

const cell = `import { LatentDiffusionModel, Video, tune } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4', { maxFrames: 8 });
await tune(model, clip, 'a big green car moving right on a blue background', { seed: 7, numInferenceSteps: 4, strength: 0.6 });`;

describe('The form of tune', function () {
  this.timeout(300_000);
  const person = personInFrontOfVsCode({
    prepare: (workspace) => void writeNotebook(workspace, 'tune.ipynb', [cell]),
    size: { width: 1200, height: 1100 },
    keepEditors: true,
  });

  it('makes the clip anew with other settings, by the keyboard, with a live preview in its place', async () => {
    const { window } = person;
    const { page } = window;
    await window.openNotebook('tune.ipynb');
    await window.press('Run All');
    const outputs = await outputsWith(window, '.tune-output');
    await outputs.locator('.tune-output .video-output').waitFor({ timeout: 60_000 });
    await page.keyboard.press('Control+B');
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(person.server, theme);
      await window.picture(`tune-${theme}`);
    }
    await outputs.getByRole('spinbutton', { name: 'Steps' }).fill('3');
    await outputs.getByRole('spinbutton', { name: 'Seed' }).fill('8');
    await outputs.getByRole('combobox', { name: 'Sampler' }).selectOption('euler');
    await outputs.getByRole('combobox', { name: 'Method' }).selectOption('sdedit');
    await outputs.getByRole('spinbutton', { name: 'Seed' }).press('Enter');
    await outputs.locator('.tune-output .preview-output canvas').waitFor({ state: 'attached', timeout: 60_000 });
    await window.picture('tune-running');
    await outputs.locator('.tune-output .preview-output').waitFor({ state: 'detached', timeout: 180_000 });
    assert.equal(await outputs.locator('.tune-note').innerText(), '');
    assert.equal(await outputs.locator('.tune-output').count(), 1, 'the picture was replaced, not added to');
    assert.equal(await outputs.getByRole('combobox', { name: 'Sampler' }).inputValue(), 'euler');
    assert.match(await outputs.locator('.made-with').innerText(), /green car/);
    await window.picture('tune-again');
  });

  it('says what is wrong with settings that do not go together, and keeps the clip', async () => {
    const { window } = person;
    const outputs = await outputsWith(window, '.tune-output');
    await outputs.getByRole('combobox', { name: 'Sampler' }).selectOption('lcm');
    await outputs.getByRole('combobox', { name: 'Schedule' }).selectOption('karras');
    await outputs.getByRole('button', { name: 'Make' }).click();
    await outputs.locator('.tune-note', { hasText: 'karras' }).waitFor({ timeout: 60_000 });
    assert.ok(await outputs.locator('.video-output').isVisible());
    await window.picture('tune-refused');
  });

  it('writes the call that made the clip into a new cell', async () => {
    const { window } = person;
    const outputs = await outputsWith(window, '.tune-output');
    await outputs.getByRole('button', { name: 'As code' }).click();
    await window.page.locator('.code-cell-row', { hasText: 'numInferenceSteps' }).nth(1).waitFor({ timeout: 20_000 });
    const written = await window.page.locator('.code-cell-row').nth(1).innerText();
    assert.match(written.replace(/\s+/g, ' '), /await model\.editVideo\(clip, .*seed: 8/);
    await window.picture('tune-as-code');
  });
});

/** The page of the outputs, once something is drawn there. */
async function outputsWith(window: Window, selector: string): Promise<Frame> {
  for (const end = Date.now() + 180_000; Date.now() < end; await window.page.waitForTimeout(200))
    for (const frame of window.page.frames())
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
  throw new Error(`No output shows ${selector}: ${await window.picture('failed-tune')} shows what is there.`);
}
