import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { theRig } from './server.js';
import type { VsCodeServer } from './server.js';

/** The themes that every picture is looked at in. */
export const themes = { light: 'Light Modern', dark: 'Dark Modern', contrast: 'High Contrast' } as const;

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

/** A window of VS Code with a person in front of it. */
export class Window {
  private constructor(private readonly browser: Browser, readonly page: Page) {}

  /** Opens a window on a folder and waits until the workbench stands. */
  static async open(server: VsCodeServer, folder: string, payload: Readonly<Record<string, string>> = {}, size = { width: 1280, height: 900 }): Promise<Window> {
    const browser = await chromium.launch({ executablePath: theRig().chromium, args: flags });
    const context = await browser.newContext({ viewport: size, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(server.windowAddress(folder, payload));
    await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 });
    return new Window(browser, page);
  }

  /** Runs a command by its title through the command palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input.input').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Opens a file of the folder by its name. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget input.input').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(name);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().waitFor();
    await this.page.keyboard.press('Enter');
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

  /** The frame inside the webview that all outputs of the notebook are drawn in. */
  outputs(): ReturnType<Page['frameLocator']> {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame') as unknown as ReturnType<Page['frameLocator']>;
  }

  /** Closes the window. */
  async close(): Promise<void> {
    await this.browser.close();
  }
}
