import assert from 'node:assert/strict';
import { personInFrontOfVsCode } from '../rig/person.js';
import type { VsCodeServer } from '../rig/server.js';
import { themes } from '../rig/window.js';
import type { Window } from '../rig/window.js';
import { writeNotebook } from '../rig/workspace.js';

const cells = [
  { markdown: '# A car changes its colour\n\nThe clip, what it should become, and both side by side.' },
  `import { LatentDiffusionModel, Video, show } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4');`,
  `const edited = await model.editVideo(clip, 'a big green car moving right on a blue background', {
  seed: 42,
});
await show(edited);`,
] as const;

describe('A person in front of VS Code', function () {
  this.timeout(240_000);
  const prepare = (workspace: string): void => {
    writeNotebook(workspace, 'edit.ipynb', cells);
    writeNotebook(workspace, 'write.ipynb', [cells[1], 'const edited = await model.editVideo(clip, "a green car");\nmodel.']);
    writeNotebook(workspace, 'long.ipynb', [cells[1], cells[2].replace('seed: 42,', 'seed: 42,\n  numInferenceSteps: 120,')]);
    // Nothing but the end of the process ends this: the kernel's thread waits inside a system call.
    writeNotebook(workspace, 'stuck.ipynb', ["import { execFileSync } from 'node:child_process';\nexecFileSync('sleep', ['60']);"]);
  };
  const person = personInFrontOfVsCode({ prepare, size: { width: 1200, height: 900 } });
  let server: VsCodeServer;
  let window: Window;
  before(() => ({ server, window } = person));

  it('finds the Frameloom kernel chosen in a notebook of ours, runs all cells and sees the player in every theme', async () => {
    await window.openNotebook('edit.ipynb');
    await window.page.locator('.notebook-toolbar-container', { hasText: 'Frameloom' }).first().waitFor({ timeout: 15_000 });
    await window.runAll(2);
    assert.match(await window.statusBar(), /Frameloom: idle/);
    await window.page.keyboard.press('Control+B'); // the picture is of the notebook, not of the explorer
    await window.scrollDown();
    let drawn: string | undefined;
    for (let attempt = 0; attempt < 60 && !drawn; attempt++) {
      drawn = await window.inOutputs<string>(
        "[...document.querySelectorAll('.output_container')].map((output) => output.innerHTML.length + ':' + output.innerText).join('|')",
      );
      if (!drawn) await window.page.waitForTimeout(250);
    }
    assert.ok(drawn, 'an output is drawn');
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(server, theme);
      await window.picture(`notebook-${theme}`);
    }
    assert.doesNotMatch(drawn, /could not render|No renderer/i);
  });

  it('sees the frames take shape and the step in the status bar, and interrupts', async () => {
    await window.openNotebook('long.ipynb');
    await window.press('Run All');
    await window.untilStatus(/Frameloom: \w+ \d+ of \d+/);
    await window.scrollDown();
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(server, theme);
      await window.picture(`running-${theme}`);
    }
    await window.press('Interrupt');
    await window.untilStatus(/Frameloom: idle/, 20_000);
  });

  it('is offered a restart by a second interrupt, when the first does not help', async () => {
    await window.openNotebook('stuck.ipynb');
    await window.press('Run All');
    await window.untilStatus(/Frameloom: (busy|running)/i);
    await window.press('Interrupt');
    await window.page.waitForTimeout(1000);
    await window.press('Interrupt');
    // A VS Code that is driven by tests shows no toasts; the offer waits behind the bell.
    await window.command('Notifications: Show Notifications');
    const offer = window.page.locator('.notifications-center .notification-list-item', { hasText: 'loses all variables' });
    await offer.waitFor({ timeout: 10_000 });
    await window.picture('restart-offer');
    await offer.getByRole('button', { name: 'Restart Kernel' }).click();
    await window.untilStatus(/Frameloom: (idle|not started|stopped|no kernel)/i, 20_000);
  });

  it('gets completion with documentation while writing', async () => {
    await window.openNotebook('write.ipynb');
    const lines = window.page.locator('.notebookOverlay .code-cell-row').locator('visible=true').nth(1).locator('.view-line');
    await lines.last().click();
    await window.page.keyboard.press('Control+End');
    await window.page.keyboard.type('edit');
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(server, theme);
      await lines.last().click();
      await window.page.keyboard.press('Control+End');
      await window.page.waitForTimeout(500);
      await window.page.keyboard.press('Control+Space');
      const suggestion = window.page.locator('.suggest-widget .monaco-list-row', { hasText: 'editVideo' });
      await suggestion.first().waitFor({ timeout: 20_000 });
      const details = window.page.locator('.suggest-details', { hasText: 'Edits a clip' }).locator('visible=true');
      await window.page.waitForTimeout(1000);
      if ((await details.count()) === 0) await window.page.keyboard.press('Control+Space');
      await details.waitFor({ timeout: 10_000 });
      await window.picture(`writing-${theme}`);
      await window.page.keyboard.press('Escape');
    }
  });
});
