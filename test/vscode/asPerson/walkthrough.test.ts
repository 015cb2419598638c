import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { personInFrontOfVsCode } from '../rig/person.js';
import { themes } from '../rig/window.js';

/** The heading of a Markdown file, as a reader sees it. */
const firstLine = (file: string): string => readFileSync(file, 'utf8').split('\n')[0]!.replace(/^#+ /, '');

interface Step {
  readonly id: string;
  readonly title: string;
  readonly media: { readonly image?: Record<string, string>; readonly altText?: string; readonly markdown?: string };
}

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { walkthroughs: { title: string; steps: Step[] }[] };
};
const { title, steps } = contributes.walkthroughs[0]!;

describe('The walkthrough', function () {
  this.timeout(240_000);
  const person = personInFrontOfVsCode({ size: { width: 1280, height: 800 } });

  it('leads from a sample to a notebook of one’s own, each step with its picture, in every theme', async () => {
    const { window, server } = person;
    const { page } = window;
    await window.command('View: Toggle Primary Side Bar Visibility'); // the picture is of the page, not of the explorer
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await window.theme(server, theme);
      await window.command('Welcome: Open Walkthrough...');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click({ timeout: 20_000 });
      await page.locator('.gettingStartedContainer .getting-started-step').first().waitFor({ timeout: 30_000 });
      assert.deepEqual(
        await page.locator('.gettingStartedContainer .getting-started-step .step-title').allInnerTexts(),
        steps.map((step) => step.title),
      );
      for (const step of steps) {
        await page.locator('.getting-started-step .step-title', { hasText: step.title }).click();
        if (step.media.image) {
          const image = page.locator('.getting-started-media img').locator('visible=true').first();
          await image.waitFor({ timeout: 15_000 });
          const shown = await until(async () => {
            const found = await image.evaluate(
              (element: { naturalWidth: number; clientWidth: number; currentSrc: string; getAttribute(name: string): string | null }) => ({
                natural: element.naturalWidth,
                width: element.clientWidth,
                address: decodeURIComponent(element.currentSrc),
                text: element.getAttribute('alt'),
              }),
            );
            last = JSON.stringify(found);
            return found.natural > 0 && found.address.includes(step.media.image![theme]!) ? found : undefined;
          });
          assert.ok(shown.width > 300, `${step.id} in ${theme}: ${JSON.stringify(shown)}`);
          assert.equal(shown.text, step.media.altText);
        } else {
          await until(async () => {
            for (const frame of page.frames().slice(1)) {
              last = await frame.evaluate('document.body?.innerText ?? ""').then(String, () => '');
              if (last.includes(firstLine(step.media.markdown!))) return true;
            }
            return undefined;
          });
        }
        await page.mouse.move(5, 5);
        await window.picture(`walkthrough-${step.id}-${theme}`);
      }
    }
  });

  let last = '';
  async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
    for (let attempt = 0; attempt < 60; attempt++) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await person.window.page.waitForTimeout(250);
    }
    assert.fail(`The page never showed what it should. ${last}`);
  }
});
