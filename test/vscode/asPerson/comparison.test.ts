import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { personInFrontOfVsCode } from '../rig/person.js';
import { themes, type Window } from '../rig/window.js';
import { writeNotebook } from '../rig/workspace.js';

const cells = [
  `import { compareSchedulers, LatentDiffusionModel, Video } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4', { maxFrames: 4 });`,
  `const comparison = compareSchedulers(model, clip, 'a big green car moving right on a blue background', {
  schedulers: ['ddim', 'DPM++ 2M Karras', 'euler'], steps: [3, 6], vary: { guidanceScale: [2, 6] },
  options: { method: 'sdedit', strength: 0.7, sourcePrompt: 'a big red car moving right on a blue background' },
});
await comparison.finish();`,
] as const;

describe('A person compares settings', function () {
  this.timeout(400_000);
  const person = personInFrontOfVsCode({
    size: { width: 1200, height: 1500 },
    keepEditors: true,
    prepare: (workspace) => void writeNotebook(workspace, 'lab.ipynb', cells),
  });
  let window: Window;
  let outputs: Frame;

  it('sees the cells come, one output for all of them, with the time left', async () => {
    ({ window } = person);
    await window.openNotebook('lab.ipynb');
    await window.press('Run All');
    outputs = await frameWithGrid(window);
    await outputs.locator('.cmp-slot[data-state=done]').nth(1).waitFor({ timeout: 120_000 });
    await outputs.locator('.cmp-work').waitFor();
    await outputs.getByText(/Cell \d+ of 12: .* left/).waitFor({ timeout: 60_000 });
    await window.picture('comparison-running');
    await outputs.locator('.comparison-output[data-cells="12"]').waitFor({ timeout: 250_000 });
    await outputs.locator('.cmp-work').waitFor({ state: 'hidden', timeout: 60_000 });
    assert.equal(await outputs.locator('.comparison-output').count(), 1);
    assert.equal(await outputs.locator('.preview-output').count(), 0, 'the runs have no outputs of their own');
  });

  it('sees the grid and the sorted cells in every theme', async () => {
    await window.page.keyboard.press('Control+B');
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(person.server, theme);
      await outputs.getByLabel('Order of the cells').selectOption({ label: 'as compared' });
      await outputs.locator('.comparison-output[data-ready=true]').waitFor();
      await window.picture(`comparison-grid-${theme}`);
      await outputs.getByLabel('Order of the cells').selectOption({ label: 'alignment, best first' });
      await outputs.locator('.comparison-output[data-ready=true]').waitFor();
      await window.page.waitForTimeout(500);
      await window.picture(`comparison-sorted-${theme}`);
    }
    const first = (await outputs.locator('.cmp-cell').first().getAttribute('aria-label')) ?? '';
    assert.match(first, /alignment [^,]*, the best/);
  });

  it('opens a cell by keyboard, large beside the source with the code that makes it, and comes back to it', async () => {
    await outputs.getByLabel('Order of the cells').selectOption({ label: 'as compared' });
    await outputs.locator('.cmp-cell').first().focus();
    await window.page.keyboard.press('ArrowRight');
    await window.page.keyboard.press('ArrowDown');
    await window.page.keyboard.press('Enter');
    await outputs.locator('.cmp-code pre', { hasText: 'scheduler: "DPM++ 2M Karras"' }).waitFor();
    await outputs.locator('.cmp-detail .player').waitFor();
    await window.page.waitForTimeout(2000);
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(person.server, theme);
      await window.picture(`comparison-cell-${theme}`);
    }
    assert.equal(await outputs.locator('.player-note').isVisible(), false, await outputs.locator('.player-note').innerText());
    await outputs.locator('.cmp-detail .player').focus(); // the commands that choose a theme took the keyboard
    await window.page.keyboard.press('Escape');
    assert.match((await outputs.locator('.cmp-cell:focus').getAttribute('aria-label')) ?? '', /^DPM\+\+ 2M Karras, steps 6/);
  });
});

/** The page of the outputs, once the grid is drawn there. */
async function frameWithGrid(window: Window): Promise<Frame> {
  for (const end = Date.now() + 150_000; Date.now() < end; await window.page.waitForTimeout(300)) {
    for (const frame of window.page.frames()) {
      const count = await frame
        .locator('.comparison-output')
        .count()
        .catch(() => 0);
      if (count > 0) return frame;
    }
  }
  throw new Error(`No comparison is drawn in any output: ${await window.picture('failed-comparison')} shows what is.`);
}
