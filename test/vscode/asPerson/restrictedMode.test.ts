import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { personInFrontOfVsCode } from '../rig/person.js';
import type { Window } from '../rig/window.js';
import { writeNotebook } from '../rig/workspace.js';

const saved = [{ output_type: 'stream', name: 'stdout', text: 'an output that was saved' }];

describe('A folder that is not trusted', function () {
  this.timeout(180_000);
  const programs = mkdtempSync(path.join(tmpdir(), 'frameloom-programs-'));
  const [ffmpeg, started] = [path.join(programs, 'ffmpeg'), path.join(programs, 'started.txt')];
  writeFileSync(ffmpeg, `#!/bin/sh\necho "$@" >> '${started}'\nexit 1\n`, { mode: 0o755 });
  after(() => rmSync(programs, { recursive: true, force: true }));
  const person = personInFrontOfVsCode({
    prepare(workspace) {
      const proof = path.join(workspace, 'ran.txt');
      writeNotebook(workspace, 'hostile.ipynb', [`require('node:fs').writeFileSync(${JSON.stringify(proof)}, 'ran');`], [saved]);
    },
    settings: {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.emptyWindow': false,
      'frameloom.ffmpegPath': ffmpeg,
      'frameloom.ffprobePath': ffmpeg,
    },
  });

  it('opens the notebook and shows its saved outputs, but runs nothing', async () => {
    const { window, workspace } = person;
    await window.openNotebook('hostile.ipynb');
    await window.page.locator('.part.statusbar', { hasText: 'Restricted Mode' }).waitFor();
    const shown = await untilDrawn(window);
    assert.match(shown, /an output that was saved/);
    await window.press('Run All');
    await window.page.waitForTimeout(3000);
    await window.picture('restricted-mode');
    await window.page.keyboard.press('Escape');
    await window.page.waitForTimeout(2000);
    assert.ok(!existsSync(path.join(workspace, 'ran.txt')), 'the cell did not run');
  });

  it('opens a video in the preview with a sentence, and starts no ffmpeg for it', async () => {
    const { window } = person;
    await window.openFile('red-car.mp4');
    await window.page.locator('.tab.active', { hasText: 'red-car.mp4' }).waitFor();
    await window.page.waitForTimeout(1500);
    await window.command('Frameloom: Open Video Preview');
    await window.page.waitForTimeout(1500);
    await window.command('View: Close Other Editors in Group');
    const preview = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await preview.getByText('This folder is not trusted').waitFor({ timeout: 20_000 });
    await window.picture('restricted-preview');
    assert.ok(!existsSync(started), 'nothing was started');
  });
});

async function untilDrawn(window: Window): Promise<string> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const text = await window.inOutputs<string>(
      "[...document.querySelectorAll('.output_container')].map((output) => output.innerText + [...output.querySelectorAll('*')].map((e) => e.shadowRoot?.textContent ?? '').join('')).join('|')",
    );
    if (text?.includes('saved')) return text;
    await window.page.waitForTimeout(250);
  }
  return '';
}
