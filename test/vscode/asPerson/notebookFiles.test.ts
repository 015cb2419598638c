import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { VideoPayload } from '../../../src/shared/outputs/index.js';
import { personInFrontOfVsCode } from '../rig/person.js';
import { writeNotebook } from '../rig/workspace.js';

const cells = [
  `import { Video, show } from 'frameloom';
const clip = await (await Video.open('red-car.mp4', { maxFrames: 4 })).resize({ width: 64, height: 64 });
await show(clip);`,
  'const counts = globalThis as { runs?: number };\ncounts.runs = (counts.runs ?? 0) + 1;\nconsole.log(`run ${counts.runs} in ${process.cwd()}`);',
];

/** The clips that a saved notebook names. */
function clipsIn(file: string): string[] {
  const { cells: saved } = JSON.parse(readFileSync(file, 'utf8')) as { cells: { outputs?: { data?: Record<string, VideoPayload> }[] }[] };
  return saved.flatMap(({ outputs }) => outputs ?? []).flatMap(({ data }) => data?.[VIDEO_MIME]?.path ?? []);
}

describe('The files of a notebook, as a person handles them', function () {
  this.timeout(240_000);
  const person = personInFrontOfVsCode({ prepare: (workspace) => void writeNotebook(workspace, 'story.ipynb', cells) });

  it('lets a notebook that is saved under a second name go on with its variables, and leaves the first its clips', async () => {
    const { window, workspace } = person;
    await window.openNotebook('story.ipynb');
    await window.runAll(2);
    await window.command('File: Save');
    await window.command('File: Save As...');
    const input = window.page.locator('.quick-input-widget input.input').first();
    await input.waitFor({ state: 'visible' });
    mkdirSync(path.join(workspace, 'copies'));
    cpSync(path.join(workspace, 'red-car.mp4'), path.join(workspace, 'copies', 'red-car.mp4'));
    // The dialog looks at folders before it proposes a name, and again when another one is typed.
    await until(async () => (await input.inputValue()).endsWith('story.ipynb'), 'the dialog proposes a name');
    await window.page.waitForTimeout(1500);
    await input.fill(path.join(workspace, 'copies', 'tale.ipynb'));
    await window.page.waitForTimeout(1500);
    await window.page.getByRole('button', { name: 'OK', exact: true }).click();
    await window.page.locator('.tab.active', { hasText: 'tale.ipynb' }).waitFor({ timeout: 20_000 });
    await window.untilStatus(/Frameloom: idle/);
    await window.press('Run All');
    const tale = path.join(workspace, 'copies', 'tale.ipynb');
    // The second cell's output lies below what VS Code draws of a long notebook, so the file is asked.
    await until(async () => {
      await window.command('File: Save');
      return /run 2 in .*copies/.test(readFileSync(tale, 'utf8'));
    }, 'the copy counts on where the first notebook was, in its own folder');
    await until(
      () =>
        clipsIn(tale).length > 0 &&
        clipsIn(tale).every((clip) => clip.startsWith('tale.frameloom/') && existsSync(path.join(workspace, 'copies', clip))),
      'the copy has the clip',
    );
    const [first] = clipsIn(path.join(workspace, 'story.ipynb'));
    assert.match(first!, /^story\.frameloom\//);
    assert.ok(existsSync(path.join(workspace, first!)), 'the first notebook still has its clip');
  });

  it('moves what no output shows to the trash, after saying how much it is', async () => {
    const { window, workspace } = person;
    const side = path.join(workspace, 'story.frameloom');
    const [needed] = readdirSync(side);
    writeFileSync(path.join(side, 'clip-0123456789.mp4'), Buffer.alloc(1_500_000));
    writeFileSync(path.join(side, 'clip-abcdefabcd.mp4'), Buffer.alloc(1_000_000));
    // Another notebook of the folder that shows one of them, and nothing else.
    writeNotebook(workspace, 'neighbour.ipynb', [{ markdown: '<video src="story.frameloom/clip-abcdefabcd.mp4"></video>' }]);
    await window.openNotebook('story.ipynb');
    await window.command('Frameloom: Clean Up Notebook Files');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: 15_000 });
    await window.picture('clean-up');
    assert.match(await dialog.innerText(), /1 file \(1\.5 MB\) of story\.ipynb is not shown by any output/);
    assert.match(await dialog.innerText(), /clip-0123456789\.mp4/);
    await dialog.getByRole('button', { name: 'Move to Trash' }).click();
    // VS Code in a browser has no trash and says so; then it is asked once more.
    const forever = window.page.getByRole('button', { name: 'Delete Permanently' });
    await forever.waitFor({ timeout: 5000 }).then(
      () => forever.click(),
      () => undefined,
    );
    await until(() => !existsSync(path.join(side, 'clip-0123456789.mp4')), 'the file is gone');
    assert.deepEqual(readdirSync(side).sort(), [needed, 'clip-abcdefabcd.mp4'].sort());
  });

  it('plays the clips of a notebook that was moved together with its folder while VS Code did not look', async () => {
    const { window, workspace } = person;
    const elsewhere = path.join(workspace, 'elsewhere');
    mkdirSync(elsewhere);
    for (const name of ['story.ipynb', 'story.frameloom']) renameSync(path.join(workspace, name), path.join(elsewhere, name));
    await window.page.keyboard.press('Control+P');
    await window.page.locator('.quick-input-widget input.input').first().fill('elsewhere/story.ipynb');
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'elsewhere' }).first().click();
    const playing =
      "[...document.querySelectorAll('.output_container *')].flatMap((e) => [...(e.shadowRoot?.querySelectorAll('video, canvas') ?? [])]).some((e) => (e.videoWidth ?? e.width) > 0)";
    await until(async () => (await window.inOutputs<boolean>(playing)) === true, 'the player has a picture');
    await window.picture('moved-notebook');
    const text = await window.inOutputs<string>(
      "[...document.querySelectorAll('.output_container *')].map((e) => e.shadowRoot?.textContent ?? '').join('|')",
    );
    assert.doesNotMatch(text ?? '', /is not beside this notebook|not there any more/);
  });

  async function until(so: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let attempt = 0; attempt < 120; attempt++) {
      if (await so()) return;
      await person.window.page.waitForTimeout(250);
    }
    assert.fail(`It never happened that ${what}.`);
  }
});
