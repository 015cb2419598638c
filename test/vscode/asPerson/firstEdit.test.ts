import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { personInFrontOfVsCode } from '../rig/person.js';
import { themes } from '../rig/window.js';

const clip = "it's a red car ü.mp4";
const edited = "it's a red car ü-edited.mp4";

describe('A first edit without code, as a person makes it', function () {
  this.timeout(300_000);
  const person = personInFrontOfVsCode({
    keepEditors: true,
    size: { width: 1280, height: 1250 },
    prepare: (workspace) => {
      mkdirSync(path.join(workspace, 'clips'));
      copyFileSync(path.join(workspace, 'red-car.mp4'), path.join(workspace, 'clips', clip));
    },
  });
  const result = (): string => path.join(person.workspace, 'clips', edited);
  const inOutputs = (expression: string): Promise<string | undefined> =>
    person.window.inOutputs<string>(
      `[...document.querySelectorAll('.output_container *')].flatMap((e) => (e.shadowRoot ? [...e.shadowRoot.querySelectorAll('${expression}')].map((found) => found.textContent) : [])).join('|')`,
    );

  it('right-clicks a clip in a folder of the workspace, and gets a notebook whose prompt waits to be written over', async () => {
    const { page } = person.window;
    const row = (name: string) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    await row('clips').click();
    const entry = page.locator('.context-view .action-label', { hasText: 'Frameloom: Edit in a Notebook' }).first();
    // A menu that is opened before VS Code has read what extensions add does not get it any more.
    for (let attempt = 1; ; attempt++) {
      await row(clip).click({ button: 'right' });
      const isThere = await entry.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (isThere) break;
      assert.ok(attempt < 10, 'the menu has no entry of Frameloom');
      await page.keyboard.press('Escape');
    }
    await page.waitForTimeout(500);
    await person.window.picture('first-edit-1-menu');
    await entry.click();
    await page.locator('.notebookOverlay .cell-list-container .code-cell-row').first().waitFor({ timeout: 30_000 });
    await page.locator('.notebookOverlay', { hasText: 'a purple car' }).waitFor();
    await page.waitForTimeout(2500);
    await person.window.picture('first-edit-2-notebook');
  });

  it('runs all of it, and sees from the first seconds what is done to the clip', async () => {
    await person.window.press('Run All');
    const seen = new Set<string>();
    let previewed = 0;
    for (const end = Date.now() + 240_000; Date.now() < end && !existsSync(result()); await person.window.page.waitForTimeout(60)) {
      const title = (await inOutputs('.run-title')) ?? '';
      if (title === '') continue;
      const stage = title.replace(/:.*/, '');
      if (seen.has(stage)) continue;
      seen.add(stage);
      await person.window.picture(`first-edit-3-running-${++previewed}`);
    }
    await person.window.untilStatus(/Frameloom: (idle|kernel died)/);
    assert.ok(existsSync(result()), 'the clip is saved beside its source');
    assert.ok(
      [...seen].some((stage) => /Reading|Looking/.test(stage)),
      [...seen].join(', '),
    );
    assert.ok(seen.has('Finding what to change') && seen.has('Denoising'), [...seen].join(', '));
    await person.window.page.waitForTimeout(1500);
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await person.window.theme(person.server, theme);
      await person.window.picture(`first-edit-4-done-${theme}`);
    }
  });

  it('saves the notebook where VS Code proposes, opens it again, and it still finds its clip', async () => {
    const { window } = person;
    const input = window.page.locator('.quick-input-widget input.input').first();
    await window.command('File: Save');
    await input.waitFor({ state: 'visible' });
    for (let attempt = 0; attempt < 60 && !(await input.inputValue()).endsWith('.ipynb'); attempt++) await window.page.waitForTimeout(250);
    const file = await input.inputValue();
    assert.match(file, /\.ipynb$/);
    await window.page.waitForTimeout(1500);
    await window.page.getByRole('button', { name: 'OK', exact: true }).click();
    await window.page.locator('.tab.active', { hasText: path.basename(file) }).waitFor({ timeout: 20_000 });
    await window.untilStatus(/Frameloom: idle/);
    await window.page.waitForTimeout(1500);
    await window.command('File: Save');
    await window.closeEditors();
    rmSync(result());
    await window.openNotebook(path.basename(file));
    await window.page.waitForTimeout(2500);
    await window.picture('first-edit-5-opened-again');
    await window.press('Run All');
    for (const end = Date.now() + 240_000; Date.now() < end && !existsSync(result());) await window.page.waitForTimeout(250);
    assert.ok(existsSync(result()), 'the notebook found its clip and saved the result beside it');
    await window.untilStatus(/Frameloom: idle/);
    await window.command('File: Save');
    await window.page.waitForTimeout(1000);
    await window.picture('first-edit-6-run-again');
    assert.doesNotMatch(readFileSync(path.resolve(person.workspace, file), 'utf8'), /"output_type": ?"error"/);
  });
});
