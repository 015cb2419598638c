import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { theRig } from './server.js';
import type { VsCodeServer } from './server.js';

/** The themes that every picture is looked at in, by their names in the picker. */
export const themes = { light: 'Light Modern', dark: 'Dark Modern', hc: 'Dark High Contrast' } as const;

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** A window of VS Code with a person in front of it. */
export class Window {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  /** Opens a window on a folder and waits until the workbench stands. */
  static async open(
    server: VsCodeServer,
    folder: string,
    payload: Readonly<Record<string, string>> = {},
    size = { width: 1280, height: 900 },
  ): Promise<Window> {
    const browser = await chromium.launch({ executablePath: theRig().chromium, args: flags });
    const context = await browser.newContext({ viewport: size, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(server.windowAddress(folder, payload));
    await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 });
    return new Window(browser, page);
  }

  /** Shows the window in another theme, picked as a person does: VS Code reads its settings file only at the start here. */
  async theme(_server: VsCodeServer, name: keyof typeof themes): Promise<void> {
    const mark = { light: 'vs', dark: 'vs-dark', hc: 'hc-black' }[name];
    const input = this.page.locator('.quick-input-widget input.input').first();
    const anyTheme = this.page.locator('.quick-input-list .monaco-list-row', { hasText: /Dark|Light/ }).first();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await this.command('Preferences: Color Theme');
      if (
        await anyTheme.waitFor({ timeout: 8000 }).then(
          () => true,
          () => false,
        )
      )
        break; // else something took the focus
    }
    await input.fill(themes[name]);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: themes[name] }).first().waitFor({ timeout: 15_000 });
    await this.page.waitForTimeout(300);
    await this.page.keyboard.press('Enter');
    await this.page.locator(`.monaco-workbench.${mark}`).waitFor({ timeout: 15_000 });
    // Outputs get the colours a moment later, through their webview.
    await this.page.waitForTimeout(700);
  }

  /** Closes every editor, without saving. */
  async closeEditors(): Promise<void> {
    await this.command('File: Revert and Close Editor').catch(() => undefined);
    await this.page.waitForTimeout(300);
    await this.command('View: Close All Editors');
    const discard = this.page.getByRole('button', { name: /Don't Save/ });
    await this.page.waitForTimeout(300);
    if (await discard.isVisible()) await discard.click();
    await this.page.waitForTimeout(300);
  }

  /** Runs a command by its title through the command palette. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input').first();
    // The first in the list may be another command that was used more often.
    const name = new RegExp(`^${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    const row = this.page
      .locator('.quick-input-list .monaco-list-row', { has: this.page.locator('.label-name', { hasText: name }) })
      .first();
    // The palette closes when something else takes the focus late, as an editor does that is just being opened.
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('F1');
      try {
        await input.fill(`>${title}`, { timeout: 5000 });
        return await row.click({ timeout: attempt * 5000 });
      } catch (error) {
        if (attempt === 3) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Opens a file of the folder by its name. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget input.input').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(name);
    // Not Enter: until the list is narrowed down, another file is the chosen one.
    await this.page
      .locator('.quick-input-list .monaco-list-row', { has: this.page.locator('.label-name', { hasText: name }) })
      .first()
      .click();
  }

  /** Keeps a picture of the window as an artefact. */
  async picture(name: string): Promise<string> {
    const folder = path.resolve('artifacts', 'vscode');
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** The texts of the status bar's entries. */
  async statusBar(): Promise<string> {
    return (await this.page.locator('.part.statusbar').innerText()).replace(/\s+/g, ' ');
  }

  /** Opens a notebook of the folder and waits for its cells. */
  async openNotebook(name: string): Promise<void> {
    await this.openFile(name);
    await this.page.locator('.tab.active', { hasText: path.basename(name) }).waitFor({ timeout: 15_000 });
    await this.page
      .locator('.notebookOverlay .cell-list-container .code-cell-row')
      .locator('visible=true')
      .first()
      .waitFor({ timeout: 30_000 });
  }

  /** Presses Run All and waits until the cell with this number in the brackets has ended, however it ended. */
  async runAll(lastCell: number): Promise<void> {
    await this.press('Run All');
    await this.page
      .locator('.execution-count-label', { hasText: `[${lastCell}]` })
      .first()
      .waitFor({ timeout: 60_000 });
    const ended = /Frameloom: (idle|kernel died)/;
    // Between two cells the kernel is idle for a moment, too.
    do {
      await this.untilStatus(ended);
      await this.page.waitForTimeout(500);
    } while (!ended.test(await this.statusBar()));
  }

  /** Presses a button of the notebook's toolbar. */
  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).first().click({ timeout: 10_000 });
  }

  /** Waits until the status bar says something. */
  async untilStatus(wanted: RegExp, limitMs = 60_000): Promise<void> {
    for (const end = Date.now() + limitMs; Date.now() < end; await this.page.waitForTimeout(100))
      if (wanted.test(await this.statusBar())) return;
    throw new Error(`The status bar never said ${wanted}. It says: ${await this.statusBar()}`);
  }

  /** Scrolls the notebook to its end. */
  async scrollDown(): Promise<void> {
    await this.page.mouse.move(700, 500);
    await this.page.mouse.wheel(0, 3000);
    await this.page.waitForTimeout(1500);
  }

  /** What an expression gives in the page that the outputs of the notebook share; undefined when there is none yet. */
  async inOutputs<T>(expression: string): Promise<T | undefined> {
    for (const frame of this.page.frames()) {
      if (!(await frame.evaluate("document.querySelector('.output_container') !== null").catch(() => false))) continue;
      return (await frame.evaluate(expression)) as T;
    }
    return undefined;
  }

  /** Closes the window. */
  async close(): Promise<void> {
    await this.browser.close();
  }
}
