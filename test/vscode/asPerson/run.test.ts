import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { Frame } from 'playwright-core';
import { VsCodeServer } from '../rig/server.js';
import { Window, themes } from '../rig/window.js';
import { freshWorkspace, writeNotebook } from '../rig/workspace.js';

const extension = process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd();

const cells = [
  `import { LatentDiffusionModel, Video, show } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4', { maxFrames: 8 });`,
  `const v = await model.editVideo(clip, 'a big green car moving right on a blue background', {
  seed: 7, strength: 0.8, isolatedPrompt: '', capture: { latents: true, x0: true, noise: true, attention: ['green', 'car', 'blue'] },
});
await show(v.run);`,
] as const;

describe('A person looks inside a run', function () {
  this.timeout(300_000);
  let workspace: string;
  let server: VsCodeServer;
  let window: Window;
  let outputs: Frame;

  before(async () => {
    workspace = freshWorkspace();
    writeNotebook(workspace, 'inside.ipynb', cells);
    server = await VsCodeServer.start();
    window = await Window.open(server, workspace, { extensionDevelopmentPath: extension }, { width: 1200, height: 1750 });
    await window.openNotebook('inside.ipynb');
    await window.press('Run All');
    await window.page.locator('.execution-count-label', { hasText: '[2]' }).first().waitFor({ timeout: 150_000 });
    await window.untilStatus(/Frameloom: (idle|kernel died)/);
    await window.page.keyboard.press('Control+B');
    await window.page.waitForTimeout(1000);
    outputs = await framesWithRun(window);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.picture(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });
  after(async () => {
    await window?.close();
    await server?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });

  const loaded = (): Promise<unknown> => outputs.locator('.run-output[data-ready=true]').waitFor({ timeout: 15_000 });
  async function open(name: string): Promise<void> {
    await outputs.getByRole('tab', { name }).click();
    await window.page.waitForTimeout(300);
    await loaded();
  }

  it('sees each view drawn from the files beside the notebook, in every theme', async () => {
    await loaded();
    assert.deepEqual(await outputs.getByRole('tab').allInnerTexts(), ['Steps', 'Attention', 'Latents', 'Schedule', 'Stages']);
    assert.equal(
      await outputs.locator('.run-output > .run-note').isVisible(),
      false,
      await outputs.locator('.run-output > .run-note').innerText(),
    );
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(server, theme);
      for (const name of ['Steps', 'Attention', 'Latents', 'Schedule', 'Stages']) {
        await open(name);
        await window.picture(`run-${name.toLowerCase()}-${theme}`);
      }
    }
    await open('Steps');
    const colours = await outputs
      .locator('.run-large canvas')
      .first()
      .evaluate((canvas) => {
        const picture = canvas as unknown as {
          width: number;
          height: number;
          getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
        };
        return new Set(picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data).size;
      });
    assert.ok(colours > 20, 'the picture is not empty');
  });

  it('moves in the grid with the keyboard, and the notebook’s cell keeps its place', async () => {
    await open('Steps');
    await outputs.getByRole('grid').focus();
    const before = await outputs.locator('.run-output').getAttribute('data-step');
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowRight']) await window.page.keyboard.press(key);
    await outputs.locator(`.run-output[data-step="${Number(before) - 2}"][data-frame="2"]`).waitFor();
    assert.ok(await outputs.getByRole('grid').evaluate((grid) => grid.matches(':focus')), 'the grid still has the focus');
    await window.page.keyboard.press('Space');
    await outputs.locator('.run-output[data-playing=frame]').waitFor();
    await window.page.keyboard.press('Space');
    await outputs.locator('.run-output[data-playing=""]').waitFor();
  });

  it('clicks a word and sees where the model put it, layer by layer, with its mask', async () => {
    await open('Attention');
    await outputs.getByRole('button', { name: 'car', exact: true }).click();
    await outputs.getByRole('button', { name: 'All steps' }).click();
    await outputs.getByLabel('Mask', { exact: true }).check();
    await outputs.getByText(/Attention to “car” over all steps, frame \d\. The mask covers [\d.]+ % of it/).waitFor();
    await window.picture('run-mask');
    await outputs.getByRole('button', { name: 'By layer' }).click();
    await outputs.locator('.run-thumb').nth(1).click();
    await outputs.getByText(/Attention to “car” in .*attn2/).waitFor();
    await window.picture('run-layers');
  });
});

/** The page of the outputs, once the run is drawn there. */
async function framesWithRun(window: Window): Promise<Frame> {
  for (const end = Date.now() + 30_000; Date.now() < end; await window.page.waitForTimeout(200)) {
    for (const frame of window.page.frames())
      if (
        (await frame
          .locator('.run-output')
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
  }
  throw new Error(`No run is drawn in any output: ${await window.picture('failed-run')} shows what is.`);
}
